package io.hibernateshards.spring.web;

import io.hibernateshards.ConsistencyToken;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the token while the response has not begun, anew if it has grown. */
final class TokenWriter {
    static final int LONGEST = 4096;

    private static final Logger LOG = LoggerFactory.getLogger(ConsistencyTokenFilter.class);

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final TokenCarrier carrier;
    private final String name;
    private final String accepted;
    private Supplier<ConsistencyToken> tokens;
    private String told;

    TokenWriter(
            HttpServletRequest request,
            HttpServletResponse response,
            TokenCarrier carrier,
            String name,
            ConsistencyToken accepted,
            Supplier<ConsistencyToken> tokens) {
        this.request = request;
        this.response = response;
        this.carrier = carrier;
        this.name = name;
        this.accepted = accepted.toString();
        this.tokens = tokens;
        told = this.accepted;
    }

    ConsistencyToken token() {
        return tokens.get();
    }

    /** A request that goes on has sessions that were not there before. */
    void collect(Supplier<ConsistencyToken> others) {
        Supplier<ConsistencyToken> known = tokens;
        tokens = () -> known.get().merge(others.get());
    }

    /** Somebody has thrown all headers away. */
    void forget() {
        told = accepted;
    }

    void tell() {
        if (response.isCommitted()) {
            return;
        }
        try {
            String token = token().toString();
            if (!token.equals(told) && token.length() <= LONGEST) {
                carrier.write(request, response, name, token);
                told = token;
            }
        } catch (RuntimeException e) {
            LOG.warn("a response goes without its consistency token, so the client may not see what it wrote", e);
        }
    }
}
