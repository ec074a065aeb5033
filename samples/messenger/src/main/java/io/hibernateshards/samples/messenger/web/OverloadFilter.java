package io.hibernateshards.samples.messenger.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Tomcat serves as many requests at a time as it has threads, and the others wait in its queue, the first in front. While too
 * many wait, whose turn it is is told to come again, which costs next to nothing.
 */
class OverloadFilter extends OncePerRequestFilter {
    private static final byte[] PROBLEM =
            """
            {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too many requests; try again"}"""
                    .getBytes(StandardCharsets.UTF_8);

    private final OverloadProperties limits;
    private volatile IntSupplier waiting = () -> 0;

    OverloadFilter(OverloadProperties limits) {
        this.limits = limits;
    }

    /** From now on this tells how many requests wait. */
    void watch(IntSupplier queue) {
        waiting = queue;
    }

    /** Whoever watches the application is never turned away. */
    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return request.getRequestURI().startsWith("/actuator")
                || request.getRequestURI().startsWith("/shards");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (waiting.getAsInt() <= limits.queue()) {
            chain.doFilter(request, response);
            return;
        }
        response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setHeader(HttpHeaders.RETRY_AFTER, "1");
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream().write(PROBLEM);
    }
}
