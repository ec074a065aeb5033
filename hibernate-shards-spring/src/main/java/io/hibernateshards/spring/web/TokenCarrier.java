package io.hibernateshards.spring.web;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;

/**
 * How a token travels with requests and responses.
 *
 * @since 0.1
 */
public enum TokenCarrier {
    /** Not at all. */
    NONE("") {
        @Override
        @Nullable
        String read(HttpServletRequest request, String name) {
            return null;
        }

        @Override
        void write(HttpServletRequest request, HttpServletResponse response, String name, String token) {}
    },

    /** In a header of the same name in both: for clients that are programs, which send what they got last. */
    HEADER("X-Shards-Consistency") {
        @Override
        @Nullable
        String read(HttpServletRequest request, String name) {
            return request.getHeader(name);
        }

        @Override
        void write(HttpServletRequest request, HttpServletResponse response, String name, String token) {
            response.setHeader(name, token);
        }
    },

    /** In a cookie, which browsers keep until they are closed: no script can read it, no other site sends it along. */
    COOKIE("shards-consistency") {
        @Override
        @Nullable
        String read(HttpServletRequest request, String name) {
            if (request.getCookies() != null) {
                for (Cookie cookie : request.getCookies()) {
                    if (cookie.getName().equals(name)) {
                        return cookie.getValue();
                    }
                }
            }
            return null;
        }

        @Override
        void write(HttpServletRequest request, HttpServletResponse response, String name, String token) {
            String path = request.getContextPath();
            response.addHeader(
                    HttpHeaders.SET_COOKIE,
                    ResponseCookie.from(name, token)
                            .path(path == null || path.isEmpty() ? "/" : path)
                            .httpOnly(true)
                            .secure(request.isSecure())
                            .sameSite("Lax")
                            .build()
                            .toString());
        }
    };

    private final String defaultName;

    TokenCarrier(String defaultName) {
        this.defaultName = defaultName;
    }

    /**
     * Its name unless another is given.
     *
     * @return of the header or cookie
     */
    public String defaultName() {
        return defaultName;
    }

    @Nullable
    abstract String read(HttpServletRequest request, String name);

    abstract void write(HttpServletRequest request, HttpServletResponse response, String name, String token);
}
