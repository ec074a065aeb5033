package io.hibernateshards.spring.console;

import io.hibernateshards.spring.actuate.Activity;
import io.hibernateshards.spring.actuate.ShardsReport;
import io.hibernateshards.spring.actuate.ShardsReporter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The page {@code /shards}: three files, and one route with what they show. It only reads, and only answers {@code GET}.
 *
 * @since 0.1
 */
public final class ConsoleServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
                            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Cache-Control", "no-store");

    private static final Set<String> METHODS = Set.of("GET", "HEAD");

    private final transient ShardsReporter reporter;
    private final transient @Nullable Activity activity;
    private final transient ConsoleAccess access;
    private final transient JsonMapper json = JsonMapper.builder().build();
    private final transient Map<String, Page> pages = Map.of(
            "", Page.read("index.html", "text/html"),
            "/console.js", Page.read("console.js", "text/javascript"),
            "/console.css", Page.read("console.css", "text/css"));

    /**
     * The console.
     *
     * @param reporter knows how the shards are
     * @param activity counts what sessions do; null if nobody does
     * @param access who may see it
     */
    public ConsoleServlet(ShardsReporter reporter, @Nullable Activity activity, ConsoleAccess access) {
        this.reporter = reporter;
        this.activity = activity;
        this.access = access;
    }

    private record Page(String type, String content) {
        static Page read(String name, String type) {
            try (InputStream file = ConsoleServlet.class.getResourceAsStream(name)) {
                if (file == null) {
                    throw new IllegalStateException(name + " is missing beside " + ConsoleServlet.class.getName());
                }
                return new Page(type, new String(file.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * What the page asks for every two seconds.
     *
     * @param report how the shards are
     * @param activity what has been counted; null if nothing is
     */
    public record Data(ShardsReport report, Activity.@Nullable Reading activity) {}

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        HEADERS.forEach(response::setHeader);
        if (!METHODS.contains(request.getMethod())) {
            response.setHeader("Allow", "GET, HEAD");
            plain(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED, "The console only reads: use GET.");
        } else if (!access.allows(request)) {
            plain(
                    response,
                    HttpServletResponse.SC_FORBIDDEN,
                    "The console is not for you, or not from here. See hibernate.shards.spring.console.role and"
                            + " hibernate.shards.spring.console.allow-remote in docs/operations.md.");
        } else {
            super.service(request, response);
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getPathInfo() == null ? "" : request.getPathInfo();
        Page page = pages.get(path);
        if (path.equals("/")) {
            response.sendRedirect(request.getContextPath() + request.getServletPath());
        } else if (path.isEmpty() && page != null) {
            send(response, page);
        } else if (isFromElsewhere(request)) {
            plain(response, HttpServletResponse.SC_FORBIDDEN, "Only the console's own page may ask for this.");
        } else if (page != null) {
            send(response, page);
        } else if (path.equals("/data.json")) {
            Activity counts = activity;
            String data = json.writeValueAsString(new Data(reporter.report(), counts == null ? null : counts.read()));
            send(response, new Page("application/json", data));
        } else {
            plain(response, HttpServletResponse.SC_NOT_FOUND, "There is nothing here.");
        }
    }

    /** Browsers tell who asks; what is no browser may ask. */
    private static boolean isFromElsewhere(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        return site != null && !site.equals("same-origin") && !site.equals("none");
    }

    private static void send(HttpServletResponse response, Page page) throws IOException {
        byte[] content = page.content().getBytes(StandardCharsets.UTF_8);
        response.setContentType(page.type() + ";charset=utf-8");
        response.setContentLength(content.length);
        response.getOutputStream().write(content);
    }

    private static void plain(HttpServletResponse response, int status, String text) throws IOException {
        response.setStatus(status);
        send(response, new Page("text/plain", text));
    }
}
