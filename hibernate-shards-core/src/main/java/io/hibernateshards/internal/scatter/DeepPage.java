package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.scatter.MergeSort.Keyed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;

/**
 * A page far behind: the shards have yielded ids and keys only, and now load the entities of this page and no others.
 * Right because an entity's id and shard name one row; a row that has gone in between is left out, as it would be by a
 * query run a moment later.
 */
final class DeepPage<R> {
    private final EntityPersister entity;
    private final ShardAccess access;
    private final List<SharedSessionContractImplementor> children;
    private final List<Keyed> rows;

    /**
     * Prepares it.
     *
     * @param rows the page: its first value is the id
     */
    DeepPage(
            EntityPersister entity,
            ShardAccess access,
            List<SharedSessionContractImplementor> children,
            List<Keyed> rows) {
        this.entity = entity;
        this.access = access;
        this.children = children;
        this.rows = rows;
    }

    List<R> load() {
        Map<Integer, List<Object>> ids = new TreeMap<>();
        for (Keyed row : rows) {
            ids.computeIfAbsent(row.shard(), shard -> new ArrayList<>()).add(row.row()[0]);
        }
        if (ids.isEmpty()) {
            return new ArrayList<>();
        }
        List<Integer> shards = List.copyOf(ids.keySet());
        List<Map<Object, R>> answers = access.inParallel(shards.size(), i -> {
            SessionImplementor child = (SessionImplementor) children.get(shards.get(i));
            List<Object> of = Objects.requireNonNull(ids.get(shards.get(i)));
            return () -> byId(child, of);
        });
        Map<Integer, Map<Object, R>> loaded = new HashMap<>();
        for (int i = 0; i < answers.size(); i++) {
            loaded.put(shards.get(i), Objects.requireNonNullElse(answers.get(i), Map.of()));
        }
        List<R> page = new ArrayList<>(rows.size());
        for (Keyed row : rows) {
            R found = Objects.requireNonNull(loaded.get(row.shard())).get(row.row()[0]);
            if (found != null) {
                page.add(found);
            }
        }
        return page;
    }

    @SuppressWarnings({"unchecked", "deprecation", "removal"})
    private Map<Object, R> byId(SessionImplementor child, List<Object> ids) {
        List<Object> found = (List<Object>) (List<?>) child.byMultipleIds(entity.getEntityName())
                .enableReturnOfDeletedEntities(true) // a query finds what is not flushed as removed yet
                .withReadOnly(child.isDefaultReadOnly())
                .multiLoad(ids);
        Map<Object, R> byId = new HashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            byId.put(ids.get(i), (R) found.get(i));
        }
        return byId;
    }
}
