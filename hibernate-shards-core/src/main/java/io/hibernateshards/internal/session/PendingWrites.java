package io.hibernateshards.internal.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hibernate.engine.spi.EntityEntry;
import org.hibernate.engine.spi.PersistenceContext;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.Status;

/** Names what a child would write at its next flush, for the message that refuses it. */
final class PendingWrites {
    private static final int NAMED = 5;

    private PendingWrites() {}

    /** Such as {@code insert Order#17, update Customer#4}; the first few and how many more. */
    static String describe(SessionImplementor child) {
        PersistenceContext context = child.getPersistenceContextInternal();
        List<String> writes = new ArrayList<>();
        for (Map.Entry<Object, EntityEntry> managed : context.reentrantSafeEntityEntries()) {
            EntityEntry entry = managed.getValue();
            String kind = kind(managed.getKey(), entry, child);
            if (!kind.isEmpty()) {
                writes.add(kind + " " + simpleName(entry.getEntityName()) + "#" + entry.getId());
            }
        }
        context.forEachCollectionEntry(
                (collection, entry) -> {
                    if (collection.isDirty() || collection.hasQueuedOperations()) {
                        writes.add("change " + simpleName(String.valueOf(collection.getRole())) + "#"
                                + collection.getKey());
                    }
                },
                false);
        if (writes.isEmpty()) {
            return "changes";
        }
        int rest = writes.size() - NAMED;
        return String.join(", ", writes.subList(0, Math.min(NAMED, writes.size())))
                + (rest > 0 ? " and " + rest + " more" : "");
    }

    private static String kind(Object entity, EntityEntry entry, SessionImplementor child) {
        if (entry.getStatus() == Status.DELETED) {
            return "delete";
        }
        if (entry.getStatus() != Status.MANAGED && entry.getStatus() != Status.SAVING) {
            return "";
        }
        if (!entry.isExistsInDatabase()) {
            return "insert";
        }
        Object[] loaded = entry.getLoadedState();
        boolean dirty = loaded != null
                && entry.getPersister().findDirty(entry.getPersister().getValues(entity), loaded, entity, child)
                        != null;
        return dirty ? "update" : "";
    }

    /** {@code com.acme.Order.lines} as {@code Order.lines}: packages are lower case. */
    private static String simpleName(String name) {
        int at = 0;
        for (int dot = name.indexOf('.');
                dot >= 0 && Character.isLowerCase(name.charAt(at));
                dot = name.indexOf('.', at)) {
            at = dot + 1;
        }
        return name.substring(at);
    }
}
