package io.hibernateshards.samples.messenger.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Serves as many requests at a time as the database servers do well with. The others wait for their turn, on virtual threads
 * at no cost; who would wait for too long is told to come again, which costs next to nothing.
 */
class OverloadFilter extends OncePerRequestFilter {
    private static final byte[] PROBLEM =
            """
            {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too many requests; try again"}"""
                    .getBytes(StandardCharsets.UTF_8);

    private final OverloadProperties limits;
    private final Semaphore turns;
    private final AtomicInteger waiting = new AtomicInteger();

    OverloadFilter(OverloadProperties limits) {
        this.limits = limits;
        turns = new Semaphore(limits.concurrency(), true);
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
        if (!hasTurn()) {
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            response.setHeader(HttpHeaders.RETRY_AFTER, "1");
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.getOutputStream().write(PROBLEM);
            return;
        }
        try {
            chain.doFilter(request, response);
        } finally {
            turns.release();
        }
    }

    private boolean hasTurn() {
        if (turns.tryAcquire()) {
            return true;
        }
        if (waiting.incrementAndGet() > limits.queue()) {
            waiting.decrementAndGet();
            return false;
        }
        try {
            return turns.tryAcquire(limits.patience().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting.decrementAndGet();
        }
    }
}
