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
    private static final String BEGUN = ConsistencyTokenFilter.class.getName() + ".begun";

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
    protected boolean shouldNotFilterAsyncDispatch() {
        return false; // what another thread was done for may have written, and may be answered without a body
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        TokenWriter begun = isAsyncDispatch(request) ? (TokenWriter) request.getAttribute(BEGUN) : null;
        ConsistencyToken accepted = begun == null ? parse(carrier.read(request, name)) : begun.token();
        Chained failure = ConsistencyContext.<@Nullable Chained, RuntimeException>within(accepted, () -> {
            Supplier<ConsistencyToken> tokens = ConsistencyContext.tokens();
            if (begun != null) {
                begun.collect(tokens);
                return pass(request, response, chain, begun); // wrapped already
            }
            TokenWriter writer = new TokenWriter(request, response, carrier, name, accepted, tokens);
            request.setAttribute(BEGUN, writer);
            return pass(request, new TokenResponse(response, writer), chain, writer);
        });
        if (failure != null) {
            failure.rethrow();
        }
    }

    private static @Nullable Chained pass(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain, TokenWriter writer) {
        try {
            chain.doFilter(request, response);
            return null;
        } catch (ServletException | IOException e) {
            return new Chained(e);
        } finally {
            if (!request.isAsyncStarted()) {
                writer.tell();
            }
        }
    }

    private static ConsistencyToken parse(@Nullable String text) {
        if (text == null || text.length() > TokenWriter.LONGEST) {
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
}
