package io.hibernateshards.internal.scatter;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/** What an application has said by {@link ShardHints} about one query. */
public final class QueryHints {
    private static final Set<String> ROUTES =
            Set.of(ShardHints.KEY, ShardHints.ENTITY, ShardHints.SHARD, ShardHints.ALL, ShardHints.GATHER);

    private final Map<String, Object> routes = new LinkedHashMap<>(0);
    private final Map<String, Object> budgets = new LinkedHashMap<>(0);
    private boolean partial;
    private @Nullable Consistency consistency;

    /**
     * Keeps a hint; null takes it back.
     *
     * @return false if it is none of this library's
     * @throws IllegalArgumentException if there is no such hint or the value is of no use, as JPA wants it
     */
    public boolean set(String name, @Nullable Object value) {
        if (!name.startsWith(ShardSettings.PREFIX)) {
            return false;
        }
        if (name.equals(ShardHints.PARTIAL)) {
            partial = value != null && isTrue(name, value);
        } else if (name.equals(ShardHints.CONSISTENCY)) {
            consistency = Consistency.of(value);
        } else if (!ROUTES.contains(name)) {
            if (value != null) {
                QueryBudget.UNLIMITED.with(name, value); // refuses it now, not when the query is run
            }
            put(budgets, name, value);
        } else if ((name.equals(ShardHints.ALL) || name.equals(ShardHints.GATHER))
                && value != null
                && !isTrue(name, value)) {
            routes.remove(name);
        } else {
            put(routes, name, value != null && name.equals(ShardHints.SHARD) ? shard(value) : value);
        }
        return true;
    }

    private static void put(Map<String, Object> hints, String name, @Nullable Object value) {
        if (value == null) {
            hints.remove(name);
        } else {
            hints.put(name, value);
        }
    }

    /** A budget with what was said instead. */
    public QueryBudget budget(QueryBudget otherwise) {
        QueryBudget budget = otherwise;
        for (Map.Entry<String, Object> hint : budgets.entrySet()) {
            budget = budget.with(hint.getKey(), hint.getValue());
        }
        return budget;
    }

    private static boolean isTrue(String name, Object value) {
        String word = value.toString();
        if (!word.equalsIgnoreCase("true") && !word.equalsIgnoreCase("false")) {
            throw new IllegalArgumentException(name + " must be true or false, but is " + word);
        }
        return Boolean.parseBoolean(word);
    }

    private static ShardId shard(Object value) {
        if (value instanceof ShardId shard) {
            return shard;
        }
        if (value instanceof String name) {
            return ShardId.of(name);
        }
        throw new IllegalArgumentException(ShardHints.SHARD + " must be a ShardId or a string, but is a "
                + value.getClass().getName());
    }

    /** Whether it was said where to run. */
    boolean isRouted() {
        return !routes.isEmpty();
    }

    /** Adds what was said to what {@code getHints()} tells. */
    public void addTo(Map<String, Object> hints) {
        hints.putAll(routes);
        hints.putAll(budgets);
        if (partial) {
            hints.put(ShardHints.PARTIAL, true);
        }
        if (consistency != null) {
            hints.put(ShardHints.CONSISTENCY, consistency);
        }
    }

    /** Whether shards that cannot be reached may be left out. */
    public boolean partial() {
        return partial;
    }

    /** How fresh what is read must be, or null. */
    public @Nullable Consistency consistency() {
        return consistency;
    }

    /** Whether every shard is to run the statement by itself. */
    public boolean all() {
        checkOne();
        return routes.containsKey(ShardHints.ALL);
    }

    /** Whether one shard is to run the statement over the rows of all. */
    public boolean gather() {
        checkOne();
        return routes.containsKey(ShardHints.GATHER);
    }

    /** The one shard that a key or a name says; null if neither was routes. */
    public @Nullable Target one(Router router, SharedSessionContractImplementor template) {
        if (routes.isEmpty()) {
            return null;
        }
        checkOne();
        if (routes.get(ShardHints.SHARD) instanceof ShardId shard) {
            List<ShardId> shards = router.topology().shards();
            if (!shards.contains(shard)) {
                throw new ShardingException(
                        ShardErrorCode.ROUTE_MISSING,
                        ShardHints.SHARD + ": there is no shard \"" + shard + "\", only " + shards);
            }
            return Target.one(shard);
        }
        Object key = routes.get(ShardHints.KEY);
        if (key == null) {
            return null;
        }
        Target target =
                router.byKey(placement(router, template), key instanceof ShardKeys keys ? keys.values() : List.of(key));
        if (!target.isOne()) {
            throw new ShardingException(
                    ShardErrorCode.ROUTE_MISSING,
                    ShardHints.KEY + ": no shard has rows with the key " + key + ", so none can be asked");
        }
        return target;
    }

    /** For HQL, which finds its shards by itself. */
    @Nullable
    Target ofHql(Router router, SharedSessionContractImplementor template) {
        if (routes.containsKey(ShardHints.ALL)) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    ShardHints.ALL + ": HQL and criteria ask all shards that they need and merge the answers. Instead:"
                            + " leave the hint out.");
        }
        if (routes.containsKey(ShardHints.GATHER)) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    ShardHints.GATHER + ": HQL and criteria are gathered where they have to be. Instead: leave the hint"
                            + " out.");
        }
        return one(router, template);
    }

    private void checkOne() {
        List<String> ways = routes.keySet().stream()
                .filter(name -> !name.equals(ShardHints.ENTITY))
                .toList();
        if (ways.size() > 1) {
            throw new ShardingException(
                    ShardErrorCode.ROUTE_MISSING, "the hints " + ways + " contradict each other: set one of them");
        }
        if (ways.isEmpty() && !routes.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.ROUTE_MISSING,
                    ShardHints.ENTITY + " alone says nothing: set " + ShardHints.KEY + " too");
        }
    }

    private Sharded placement(Router router, SharedSessionContractImplementor template) {
        Object entity = routes.get(ShardHints.ENTITY);
        if (entity != null) {
            return named(entity, router, template);
        }
        List<Sharded> roots = router.mapping().all().stream()
                .filter(placement -> placement instanceof Sharded sharded && sharded.key() instanceof OwnKey)
                .map(Sharded.class::cast)
                .sorted(Comparator.comparing(Sharded::entityName))
                .toList();
        List<Sharded> kinds = roots.stream()
                .filter(root -> roots.stream()
                        .filter(other -> other.group().equals(root.group()))
                        .findFirst()
                        .orElse(root)
                        .equals(root))
                .toList();
        if (kinds.size() != 1) {
            throw new ShardingException(
                    ShardErrorCode.ROUTE_MISSING,
                    ShardHints.KEY + ": the application has " + kinds.size() + " kinds of shard keys, those of "
                            + roots.stream()
                                    .map(root -> root.entityName().replaceAll(".*[.$]", ""))
                                    .toList() + ". Say by " + ShardHints.ENTITY
                            + " which entity the key is of");
        }
        return kinds.get(0);
    }

    private static Sharded named(Object entity, Router router, SharedSessionContractImplementor template) {
        String name = entity instanceof Class<?> type ? type.getName() : entity.toString();
        String imported = template.getFactory().getMappingMetamodel().getImportedName(name);
        if (imported != null
                && template.getFactory().getMappingMetamodel().findEntityDescriptor(imported) != null
                && router.mapping().of(imported) instanceof Sharded sharded) {
            return sharded;
        }
        throw new ShardingException(
                ShardErrorCode.ROUTE_MISSING, ShardHints.ENTITY + ": " + name + " is no entity with a shard key");
    }
}
