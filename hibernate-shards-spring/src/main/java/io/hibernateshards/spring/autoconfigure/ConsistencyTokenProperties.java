package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.spring.web.TokenCarrier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the consistency token travels with requests.
 *
 * @param carrier not at all, unless this says so
 * @param name of the header or cookie; null for the carrier's own
 */
@ConfigurationProperties("hibernate.shards.spring.consistency-token")
record ConsistencyTokenProperties(@DefaultValue("none") TokenCarrier carrier, @Nullable String name) {}
