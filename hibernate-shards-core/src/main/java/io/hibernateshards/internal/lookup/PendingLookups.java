package io.hibernateshards.internal.lookup;

import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one session's flushes have changed and its lookups do not say yet. Rows are written once all that is flushed
 * together has been: so that two entities can exchange their values, whichever is stored first, on whichever shards.
 */
public final class PendingLookups {
    /** An attribute of an entity. */
    private record Key(String attribute, String owner) {}

    /**
     * From one value to another.
     *
     * @param ensured whether the row of the new value is to be made sure of, even if it should be there already
     */
    private record Change(
            LookupAttribute attribute,
            String owner,
            Place place,
            @Nullable String from,
            @Nullable String to,
            boolean ensured) {}

    private final Map<Key, Change> changes = new LinkedHashMap<>(4);
    private final LookupWriter writer;
    private final LookupSession session;
    private int held;

    PendingLookups(LookupWriter writer, LookupSession session) {
        this.writer = writer;
        this.session = session;
    }

    /** An entity's value has been changed. */
    void changed(
            LookupAttribute attribute,
            String owner,
            Place place,
            @Nullable String from,
            @Nullable String to,
            boolean ensured) {
        Key key = new Key(attribute.name(), owner);
        Change before = changes.get(key);
        changes.put(
                key,
                before == null
                        ? new Change(attribute, owner, place, from, to, ensured)
                        : new Change(attribute, owner, place, before.from, to, ensured || before.ensured));
    }

    /** Whether it is known what value an attribute has, as it has been changed before. */
    boolean knows(LookupAttribute attribute, String owner) {
        return changes.containsKey(new Key(attribute.name(), owner));
    }

    /** The value that an attribute had in the database before it was changed, as far as that was read. */
    @Nullable
    String before(LookupAttribute attribute, String owner) {
        Change change = changes.get(new Key(attribute.name(), owner));
        return change == null ? null : change.from;
    }

    /** Flushes several branches, and writes the rows after the last. */
    public void after(Runnable flushes) {
        held++;
        try {
            flushes.run();
        } finally {
            held--;
        }
        flushed();
    }

    /** Called after each flush. */
    public void flushed() {
        if (held == 0 && !changes.isEmpty()) {
            write();
        }
    }

    /** Forgets what was not written: its transaction is over. */
    public void clear() {
        changes.clear();
    }

    private void write() {
        List<LookupRow> gone = new ArrayList<>();
        List<LookupRow> made = new ArrayList<>();
        for (Change change : changes.values()) {
            boolean same = Objects.equals(change.from, change.to);
            if (change.from != null && !same) {
                gone.add(new LookupRow(change.attribute, change.from, change.owner, change.place));
            }
            if (change.to != null && (!same || change.ensured)) {
                made.add(new LookupRow(change.attribute, change.to, change.owner, change.place));
            }
        }
        changes.clear();
        try {
            writer.write(gone, made, session);
        } catch (RuntimeException | Error e) {
            session.markRollbackOnly();
            throw e;
        }
    }
}
