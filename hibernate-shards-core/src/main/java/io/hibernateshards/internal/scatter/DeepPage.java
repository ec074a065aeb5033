package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.scatter.MergeSort.Keyed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
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
        Map<Integer, List<Object>> ids = new LinkedHashMap<>();
        for (Keyed row : rows) {
            ids.computeIfAbsent(row.shard(), shard -> new ArrayList<>()).add(row.row()[0]);
        }
        if (ids.isEmpty()) {
            return new ArrayList<>();
        }
        List<Callable<Map<Object, R>>> legs = new ArrayList<>();
        ids.forEach((shard, of) -> legs.add(() -> byId((SessionImplementor) children.get(shard), of)));
        Map<Integer, Map<Object, R>> loaded = new HashMap<>();
        Iterator<Integer> shards = ids.keySet().iterator();
        for (Map<Object, R> answer : access.<Map<Object, R>>inParallel(legs.size(), legs::get)) {
            loaded.put(shards.next(), answer);
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
