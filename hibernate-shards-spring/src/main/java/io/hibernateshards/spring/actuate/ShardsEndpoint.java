package io.hibernateshards.spring.actuate;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * The endpoint {@code shards}: topology, rows and sizes, hot keys, transactions in doubt, pools, lag. Changes nothing.
 *
 * @since 0.1
 */
@Endpoint(id = "shards")
public class ShardsEndpoint {
    private final ShardsReporter reporter;

    /**
     * The endpoint.
     *
     * @param reporter knows how the shards are
     */
    public ShardsEndpoint(ShardsReporter reporter) {
        this.reporter = reporter;
    }

    /**
     * How the shards are.
     *
     * @return a new report
     */
    @ReadOperation
    public ShardsReport shards() {
        return reporter.report();
    }
}
