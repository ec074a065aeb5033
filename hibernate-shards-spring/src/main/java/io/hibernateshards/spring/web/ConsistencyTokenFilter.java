package io.hibernateshards.spring.web;

import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.spring.ConsistencyContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets a client see what it has written, whichever JVM and replica answers it: the sessions of a request read at least what
 * the token in it says, and the response says what they have committed in addition.
 *
 * <p>A text that is no token, and positions of shards that do not exist here, are left out: the request is answered as if it had
 * none. A token says nothing that is secret, and one that somebody has made up sends reads to the primary, no more. What is
 * committed once the response is on its way is not in it.
 *
 * @since 0.1
 */
public final class ConsistencyTokenFilter extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(ConsistencyTokenFilter.class);
    private static final int LONGEST = 4096;

    private final TokenCarrier carrier;
    private final String name;

    /**
     * A filter.
     *
     * @param carrier where the token is
     * @param name of the header or cookie
     */
    public ConsistencyTokenFilter(TokenCarrier carrier, String name) {
        this.carrier = carrier;
        this.name = name;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        ConsistencyToken accepted = parse(carrier.read(request, name));
        Chained failure = ConsistencyContext.<@Nullable Chained, RuntimeException>within(accepted, () -> {
            TokenResponse wrapped = new TokenResponse(
                    response, new TokenWriter(request, response, ConsistencyContext.tokens(), accepted.toString()));
            try {
                chain.doFilter(request, wrapped);
                if (!request.isAsyncStarted()) {
                    wrapped.beforeCommit();
                }
                return null;
            } catch (ServletException | IOException e) {
                wrapped.beforeCommit();
                return new Chained(e);
            }
        });
        if (failure != null) {
            failure.rethrow();
        }
    }

    private static ConsistencyToken parse(@Nullable String text) {
        if (text == null || text.length() > LONGEST) {
            return ConsistencyToken.NONE;
        }
        try {
            return ConsistencyToken.parse(text);
        } catch (IllegalArgumentException e) {
            LOG.debug("a request has a text in place of its consistency token that is none: it is left out");
            return ConsistencyToken.NONE;
        }
    }

    /** One of the two exceptions that a chain throws. */
    private record Chained(Exception cause) {
        void rethrow() throws ServletException, IOException {
            if (cause instanceof IOException e) {
                throw e;
            }
            throw (ServletException) cause;
        }
    }

    /** Tells the token while the response has not begun, anew if it has grown. */
    private final class TokenWriter implements Runnable {
        private final HttpServletRequest request;
        private final HttpServletResponse response;
        private final Supplier<ConsistencyToken> tokens;
        private String told;

        TokenWriter(
                HttpServletRequest request,
                HttpServletResponse response,
                Supplier<ConsistencyToken> tokens,
                String told) {
            this.tokens = tokens;
            this.request = request;
            this.response = response;
            this.told = told;
        }

        @Override
        public void run() {
            if (response.isCommitted()) {
                return;
            }
            try {
                String token = tokens.get().toString();
                if (!token.equals(told) && token.length() <= LONGEST) {
                    carrier.write(request, response, name, token);
                    told = token;
                }
            } catch (RuntimeException e) {
                LOG.warn("a response goes without its consistency token, so the client may not see what it wrote", e);
            }
        }
    }
}
