package io.hibernateshards;

import java.lang.reflect.Member;
import java.util.EnumSet;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.generator.BeforeExecutionGenerator;
import org.hibernate.generator.EventType;
import org.hibernate.generator.EventTypeSets;
import org.hibernate.generator.GeneratorCreationContext;
import org.hibernate.service.Service;
import org.jspecify.annotations.Nullable;

/**
 * What Hibernate calls for a {@link ShardedId}. Not for applications.
 *
 * @since 0.1
 */
public final class ShardedIdGenerator implements BeforeExecutionGenerator {
    private static final long serialVersionUID = 1L;

    /** Makes the ids. A service of the registry that the session factory is built from. */
    public interface Source extends Service {
        /**
         * The next id for an entity.
         *
         * @param style how to make it
         * @param session the child session that stores it; its tenant is the shard
         * @param entity the instance, whose key or parent decides the bucket
         * @return a {@code Long} or a {@code UUID}
         * @throws ShardingException if no id can be made without risking a duplicate
         */
        Object next(IdStyle style, SharedSessionContractImplementor session, Object entity);
    }

    /** How ids are made. */
    private final IdStyle style;

    private final transient Source source;

    /**
     * Called by Hibernate.
     *
     * @param annotation the annotation on the id
     * @param member the id attribute
     * @param context gives access to the {@link Source}
     */
    public ShardedIdGenerator(ShardedId annotation, Member member, GeneratorCreationContext context) {
        style = annotation.style();
        source = context.getServiceRegistry().requireService(Source.class);
    }

    @Override
    public Object generate(
            SharedSessionContractImplementor session,
            Object owner,
            @Nullable Object currentValue,
            EventType eventType) {
        if (currentValue == null || currentValue.equals(0L)) { // a primitive attribute cannot be null
            return source.next(style, session, owner);
        }
        return currentValue;
    }

    @Override
    public EnumSet<EventType> getEventTypes() {
        return EventTypeSets.INSERT_ONLY;
    }

    @Override
    public boolean allowAssignedIdentifiers() {
        return true;
    }
}
