package io.hibernateshards.samples.messenger.web;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How many requests are served.
 *
 * @param concurrency at a time; more would only wait for each other at the servers
 * @param queue more that may wait for their turn
 * @param patience how long each may wait
 */
@ConfigurationProperties("messenger.overload")
record OverloadProperties(
        @DefaultValue("32") int concurrency, @DefaultValue("20000") int queue, @DefaultValue("5s") Duration patience) {}
