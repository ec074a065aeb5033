package io.hibernateshards.spring.console;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may see the console: who has a role, if one is named; else whoever can reach it, if that is said; else somebody on the
 * same machine.
 *
 * @param role as Spring Security gives it, without {@code ROLE_}; empty for none
 * @param allowRemote whether whoever can reach the console may see it; does not matter if there is a role
 * @since 0.1
 */
public record ConsoleAccess(String role, boolean allowRemote) {
    /** With one of these the sender is a proxy, and the caller somewhere else. */
    private static final Pattern FORWARDED = Pattern.compile(
            ".*(forwarded|proxy).*|.*ip|x-(original|originating|remote|envoy|amzn|azure|varnish)(-.*)?|(cf|cdn)-.*|via",
            Pattern.CASE_INSENSITIVE);

    /**
     * Attributes of Tomcat's RemoteIpValve ({@code server.forward-headers-strategy=native}): it removes the headers after it
     * has put the address that they name, which the caller may have written, in place of the sender's.
     */
    private static final List<String> REWRITTEN =
            List.of("org.apache.tomcat.request.forwarded", "org.apache.tomcat.remoteAddr");

    /** Under another name a page from elsewhere may have made the browser ask. */
    private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1", "0:0:0:0:0:0:0:1");

    boolean allows(HttpServletRequest request) {
        return role.isEmpty() ? allowRemote || isLocal(request) : request.isUserInRole(role);
    }

    /**
     * Returns whether both ends of the connection are on this machine, and nothing says that a proxy is one of them. Filters
     * and valves may show another sender, as a header says, which anybody can write; the address that the server was reached
     * at is the connection's own.
     */
    private static boolean isLocal(HttpServletRequest request) {
        ServletRequest own = request;
        while (own instanceof ServletRequestWrapper wrapper) {
            own = wrapper.getRequest();
        }
        HttpServletRequest received = own instanceof HttpServletRequest http ? http : request;
        return isLoopback(received.getLocalAddr())
                && isLoopback(received.getRemoteAddr())
                && REWRITTEN.stream().allMatch(attribute -> received.getAttribute(attribute) == null)
                && LOCAL_NAMES.contains(received.getServerName())
                && Collections.list(received.getHeaderNames()).stream()
                        .noneMatch(header -> FORWARDED.matcher(header).matches());
    }

    private static boolean isLoopback(@Nullable String address) {
        if (address == null || address.isEmpty()) {
            return false; // which by that name would be this machine
        }
        try {
            return InetAddress.getByName(address).isLoopbackAddress(); // a number, so no name is looked up
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
