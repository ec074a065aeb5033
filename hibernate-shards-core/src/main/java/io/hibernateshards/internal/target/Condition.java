package io.hibernateshards.internal.target;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.proxy.HibernateProxy;
import org.jspecify.annotations.Nullable;

/**
 * What a predicate says about the shards that can hold matching rows. Always a superset: a condition that cannot be told
 * restricts nothing.
 */
sealed interface Condition {
    /** The shards that can hold a match; null for no restriction. */
    @Nullable
    Target shards(Arguments arguments);

    /** Whether that is asked of a shard, and not known by itself. */
    default boolean asks() {
        return false;
    }

    /** No row matches, such as {@code key is null}. */
    record Never() implements Condition {
        @Override
        public Target shards(Arguments arguments) {
            return Target.NONE;
        }
    }

    /**
     * All values of a key are given.
     *
     * @param components one operand for each value of the key, in its order
     */
    record ByKey(Sharded placement, List<Operand> components) implements Condition {
        /** More combinations than this are not worth hashing. */
        private static final int LIMIT = 10_000;

        @Override
        public @Nullable Target shards(Arguments arguments) {
            if (components.size() == 1) {
                List<Object> values = components.get(0).values(arguments.bindings());
                if (values == null) {
                    return null;
                }
                if (values.size() == 1) {
                    return arguments.router().byKey(placement, values);
                }
            }
            List<List<Object>> keys = List.of(List.of());
            for (Operand component : components) {
                List<Object> values = component.values(arguments.bindings());
                if (values == null || (long) keys.size() * values.size() > LIMIT) {
                    return null;
                }
                List<List<Object>> longer = new ArrayList<>(keys.size() * values.size());
                for (List<Object> key : keys) {
                    for (Object value : values) {
                        List<Object> next = new ArrayList<>(key);
                        next.add(value);
                        longer.add(next);
                    }
                }
                keys = longer;
            }
            Target all = Target.NONE;
            for (List<Object> key : keys) {
                all = union(arguments.router(), all, arguments.router().byKey(placement, key));
            }
            return all;
        }
    }

    /**
     * An id is given, or an entity itself.
     *
     * @param entities whether the operand's values are entities
     * @param stored whether they are stored as the parents of new rows, and not compared with rows that are there
     */
    record ById(Sharded placement, Operand ids, boolean entities, boolean stored) implements Condition {
        @Override
        public @Nullable Target shards(Arguments arguments) {
            List<Object> values = ids.values(arguments.bindings());
            if (values == null) {
                return null;
            }
            Router router = arguments.router();
            if (values.size() == 1) {
                return entities ? ofEntity(arguments, values.get(0)) : router.byId(placement, values.get(0));
            }
            Target all = Target.NONE;
            for (Object value : values) {
                Target one = entities ? ofEntity(arguments, value) : router.byId(placement, value);
                if (one == null) {
                    return null;
                }
                all = union(router, all, one);
            }
            return all;
        }

        /** Only the id of what is compared counts: an entity that is not of the session may have any key, or none. */
        private @Nullable Target ofEntity(Arguments arguments, Object entity) {
            Router router = arguments.router();
            if (stored) {
                Place place = router.placeOf(placement, entity, arguments.attached());
                return place == null ? null : Target.one(place.shard());
            }
            if (placement.id() instanceof EntityPlacement.Silent) {
                ShardId shard = arguments.attached().shardOf(entity);
                return shard == null ? null : Target.one(shard);
            }
            var proxy = HibernateProxy.extractLazyInitializer(entity);
            Object id = proxy == null ? router.idOf(placement, entity) : proxy.getInternalIdentifier();
            return id == null ? null : router.byId(placement, id);
        }
    }

    /** The only value of a key lies between two bounds, either of which may be missing. */
    record Between(Sharded placement, KeyAttribute attribute, @Nullable Operand from, @Nullable Operand to)
            implements Condition {
        @Override
        public @Nullable Target shards(Arguments arguments) {
            Object lower = null;
            Object upper = null;
            Router router = arguments.router();
            if (from != null) {
                List<Object> values = from.values(arguments.bindings());
                if (values == null || values.size() > 1) {
                    return null;
                }
                if (values.isEmpty()) {
                    return Target.NONE;
                }
                lower = router.relational(placement, attribute, values.get(0));
            }
            if (to != null) {
                List<Object> values = to.values(arguments.bindings());
                if (values == null || values.size() > 1) {
                    return null;
                }
                if (values.isEmpty()) {
                    return Target.NONE;
                }
                upper = router.relational(placement, attribute, values.get(0));
            }
            return router.byBuckets(router.bucketsBetween(placement.group(), lower, upper));
        }
    }

    /** An attribute that has a lookup is given. */
    record ByLookup(LookupAttribute attribute, Operand values) implements Condition {
        @Override
        public @Nullable Target shards(Arguments arguments) {
            List<Object> given = values.values(arguments.bindings());
            return given == null
                    ? null
                    : given.isEmpty() ? Target.NONE : arguments.lookups().shardsOf(attribute, given);
        }

        @Override
        public boolean asks() {
            return true;
        }
    }

    /** All of them hold. No shard is asked if what is known by itself leaves one. */
    record All(List<Condition> conditions) implements Condition {
        @Override
        public @Nullable Target shards(Arguments arguments) {
            Target common = null;
            for (boolean asking : new boolean[] {false, true}) {
                for (Condition condition : conditions) {
                    boolean skipped =
                            asking && common != null && common.shards().size() < 2;
                    if (condition.asks() == asking && !skipped) {
                        Target one = condition.shards(arguments);
                        common = common == null ? one : one == null ? common : intersection(common, one);
                    }
                }
            }
            return common;
        }

        @Override
        public boolean asks() {
            return conditions.stream().anyMatch(Condition::asks);
        }
    }

    /** One of them holds; each of them restricts. */
    record Some(List<Condition> conditions) implements Condition {
        @Override
        public boolean asks() {
            return conditions.stream().anyMatch(Condition::asks);
        }

        @Override
        public @Nullable Target shards(Arguments arguments) {
            Target all = Target.NONE;
            for (Condition condition : conditions) {
                Target one = condition.shards(arguments);
                if (one == null) {
                    return null;
                }
                all = union(arguments.router(), all, one);
            }
            return all;
        }
    }

    /** The shards of either, in the topology's order. */
    static Target union(Router router, Target left, Target right) {
        if (left.shards().containsAll(right.shards())) {
            return left;
        }
        if (right.shards().containsAll(left.shards())) {
            return right;
        }
        List<ShardId> both = new ArrayList<>();
        for (ShardId shard : router.topology().shards()) {
            if (left.shards().contains(shard) || right.shards().contains(shard)) {
                both.add(shard);
            }
        }
        return Target.some(both);
    }

    private static Target intersection(Target left, Target right) {
        if (right.shards().containsAll(left.shards())) {
            return left;
        }
        if (left.shards().containsAll(right.shards())) {
            return right;
        }
        List<ShardId> both = new ArrayList<>(left.shards());
        both.retainAll(right.shards());
        return Target.some(both);
    }
}
