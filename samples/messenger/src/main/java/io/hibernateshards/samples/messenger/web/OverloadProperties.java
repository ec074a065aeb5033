package io.hibernateshards.samples.messenger.web;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How many requests are served.
 *
 * @param queue how many may wait for a thread
 */
@ConfigurationProperties("messenger.overload")
record OverloadProperties(@DefaultValue("10000") int queue) {}
