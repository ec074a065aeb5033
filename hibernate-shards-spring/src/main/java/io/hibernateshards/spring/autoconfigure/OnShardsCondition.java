package io.hibernateshards.spring.autoconfigure;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Tells in the conditions report which property decided. */
@Order(Ordered.HIGHEST_PRECEDENCE)
class OnShardsCondition extends SpringBootCondition {
    static final String ENABLED = "hibernate.shards.spring.enabled";

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        Environment environment = context.getEnvironment();
        ConditionMessage.Builder message = ConditionMessage.forCondition(ConditionalOnShards.class);
        if (!environment.getProperty(ENABLED, Boolean.class, true)) {
            return ConditionOutcome.noMatch(message.because(ENABLED + " is false"));
        }
        return ShardProperties.of(environment).hasShards()
                ? ConditionOutcome.match(message.foundExactly("hibernate.shards properties that name shards"))
                : ConditionOutcome.noMatch(message.because("hibernate.shards.shards names no shard"));
    }
}
