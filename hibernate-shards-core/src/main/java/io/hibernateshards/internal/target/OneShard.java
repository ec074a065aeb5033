package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.model.domain.EntityDomainType;
import org.hibernate.query.sqm.tree.SqmJoinType;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.domain.SqmTreatedPath;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmJoin;
import org.hibernate.query.sqm.tree.from.SqmRoot;
import org.jspecify.annotations.Nullable;

/**
 * Whether rows with equal values are on one shard, which is so if the values name it: the whole key, or an id. Then what
 * a query does with such rows together (a group, a partition, leaving out repeated ones) each shard can do by itself.
 */
public final class OneShard {
    private final ShardMapping mapping;
    private final SessionFactoryImplementor factory;
    private final FromElements elements;

    public OneShard(ShardMapping mapping, SessionFactoryImplementor factory) {
        this.mapping = mapping;
        this.factory = factory;
        elements = new FromElements(mapping, factory);
    }

    private record Key(SqmFrom<?, ?> from, String root) {}

    /** Whether rows that are equal in all of these expressions are on one shard. */
    public boolean holdsEqual(Collection<?> expressions) {
        Map<Key, BitSet> components = new HashMap<>();
        for (Object expression : expressions) {
            if (!(expression instanceof SqmPath<?> path)) {
                continue;
            }
            List<String> names = new ArrayList<>();
            SqmFrom<?, ?> from = from(path, names);
            if (from == null || mayBeMissing(from)) {
                continue;
            }
            Locator locator = locator(from, names);
            if (locator instanceof Locator.Id) {
                return true;
            }
            if (locator instanceof Locator.Component component) {
                BitSet given = components.computeIfAbsent(
                        new Key(from, component.root().entityName()), key -> new BitSet());
                given.set(component.index());
                if (given.cardinality() == component.size()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Where the path begins; null if that is no row of an entity as it is. */
    private static @Nullable SqmFrom<?, ?> from(SqmPath<?> path, List<String> names) {
        SqmPath<?> at = path;
        while (!(at instanceof SqmFrom<?, ?> from)) {
            if (at == null || at instanceof SqmTreatedPath) {
                return null;
            }
            names.add(0, at.getReferencedPathSource().getPathName());
            at = at.getLhs();
        }
        return from instanceof SqmTreatedPath ? null : from;
    }

    /** The right side of an outer join is null on any shard. */
    private boolean mayBeMissing(SqmFrom<?, ?> from) {
        SqmFrom<?, ?> at = from;
        while (at instanceof SqmJoin<?, ?> join) {
            if (elements.joinType(join) != SqmJoinType.INNER) {
                return true;
            }
            at = join.getLhs() instanceof SqmFrom<?, ?> above ? above : null;
        }
        return !(at instanceof SqmRoot) || anyOuter((SqmRoot<?>) at);
    }

    /** A right or full join makes rows without the root. */
    private boolean anyOuter(SqmFrom<?, ?> from) {
        return from.getSqmJoins().stream().anyMatch(join -> {
            SqmJoinType type = elements.joinType(join);
            return type == SqmJoinType.RIGHT || type == SqmJoinType.FULL || anyOuter(join);
        });
    }

    private @Nullable Locator locator(SqmFrom<?, ?> from, List<String> names) {
        return from.getReferencedPathSource().getPathType() instanceof EntityDomainType<?> entity
                        && mapping.of(entity.getHibernateEntityName()) instanceof Sharded sharded
                ? Locator.at(mapping, factory, sharded, names)
                : null;
    }
}
