package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.hibernate.FlushMode;
import org.hibernate.engine.spi.EntityKey;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.SelectionQuery;

/**
 * A page far behind: the shards have yielded ids and keys only, and now load the entities of this page and no others.
 * Right because an entity's id and shard name one row; a row that has gone in between is left out, as it would be by a
 * query run a moment later.
 */
final class DeepPage {
    private static final int MOST = 64;

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

    /** The rows of the page, each with its entity alone. */
    List<Object[]> load() {
        Map<Integer, List<Object>> ids = new TreeMap<>();
        for (Keyed row : rows) {
            ids.computeIfAbsent(row.shard(), shard -> new ArrayList<>()).add(row.row()[0]);
        }
        if (ids.isEmpty()) {
            return new ArrayList<>();
        }
        List<Integer> shards = List.copyOf(ids.keySet());
        List<Map<EntityKey, Object>> answers = access.inParallel(shards.size(), i -> {
            SessionImplementor child = (SessionImplementor) children.get(shards.get(i));
            List<Object> of = Objects.requireNonNull(ids.get(shards.get(i)));
            return () -> byId(child, of);
        });
        Map<Integer, Map<EntityKey, Object>> loaded = new HashMap<>();
        for (int i = 0; i < answers.size(); i++) {
            loaded.put(shards.get(i), Objects.requireNonNullElse(answers.get(i), Map.of()));
        }
        List<Object[]> page = new ArrayList<>(rows.size());
        for (Keyed row : rows) {
            Object found = Objects.requireNonNull(loaded.get(row.shard())).get(key(row.row()[0]));
            if (found != null) {
                page.add(new Object[] {found});
            }
        }
        return page;
    }

    /** Ids that Hibernate holds for equal, whether their class has equals or not. */
    private EntityKey key(Object id) {
        return new EntityKey(id, entity);
    }

    @SuppressWarnings("deprecation")
    private Map<EntityKey, Object> byId(SessionImplementor child, List<Object> ids) {
        Map<EntityKey, Object> byId = new HashMap<>();
        for (int from = 0; from < ids.size(); from += MOST) {
            List<Object> some = ids.subList(from, Math.min(from + MOST, ids.size()));
            int size = Integer.highestOneBit(2 * some.size() - 1);
            SelectionQuery<Object[]> query = child.createSelectionQuery(byIdHql(size), Object[].class);
            query.setHibernateFlushMode(FlushMode.MANUAL); // flushed already, and this may be another thread
            for (int i = 0; i < size; i++) {
                query.setParameter(i + 1, some.get(Math.min(i, some.size() - 1)));
            }
            query.list().forEach(row -> byId.put(key(row[0]), row[1]));
        }
        return byId;
    }

    /** Of so many ids, by as few texts as may be: Hibernate makes SQL of each once, but of a list or an array every time. */
    private String byIdHql(int size) {
        StringBuilder hql = new StringBuilder("select id(e), e from ")
                .append(entity.getEntityName())
                .append(" e where id(e) in (");
        for (int i = 1; i <= size; i++) {
            hql.append(i == 1 ? "?" : ", ?").append(i);
        }
        return hql.append(')').toString();
    }
}
