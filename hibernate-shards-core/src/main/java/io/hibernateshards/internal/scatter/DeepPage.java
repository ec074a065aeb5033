package io.hibernateshards.internal.scatter;

import java.util.ArrayList;
import java.util.HashMap;
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
    private final List<Object[]> rows;

    /**
     * @param rows child session, id, and keys of each row of the page
     */
    DeepPage(EntityPersister entity, ShardAccess access, List<Object[]> rows) {
        this.entity = entity;
        this.access = access;
        this.rows = rows;
    }

    /** The row with the session that it came from before its id. */
    static Object[] from(SharedSessionContractImplementor child, Object[] row) {
        Object[] known = new Object[row.length + 1];
        known[0] = child;
        System.arraycopy(row, 0, known, 1, row.length);
        return known;
    }

    List<R> load() {
        Map<SessionImplementor, List<Object>> ids = new LinkedHashMap<>();
        for (Object[] row : rows) {
            ids.computeIfAbsent((SessionImplementor) row[0], child -> new ArrayList<>())
                    .add(row[1]);
        }
        List<Callable<Map<Object, R>>> legs = new ArrayList<>();
        ids.forEach((child, of) -> legs.add(() -> byId(child, of)));
        Map<SessionImplementor, Map<Object, R>> loaded = new HashMap<>();
        if (!legs.isEmpty()) {
            List<Map<Object, R>> answers = access.inParallel(legs);
            int i = 0;
            for (SessionImplementor child : ids.keySet()) {
                loaded.put(child, answers.get(i++));
            }
        }
        List<R> page = new ArrayList<>(rows.size());
        for (Object[] row : rows) {
            R found = Objects.requireNonNull(loaded.get((SessionImplementor) row[0]))
                    .get(row[1]);
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
                .multiLoad(ids);
        Map<Object, R> byId = new HashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            byId.put(ids.get(i), (R) found.get(i));
        }
        return byId;
    }
}
