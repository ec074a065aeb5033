package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.target.Conjuncts.Equality;
import io.hibernateshards.internal.target.FromElements.Located;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.query.sqm.tree.SqmDmlStatement;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmOver;
import org.hibernate.query.sqm.tree.insert.SqmConflictUpdateAction;
import org.hibernate.query.sqm.tree.insert.SqmInsertSelectStatement;
import org.hibernate.query.sqm.tree.insert.SqmInsertStatement;
import org.hibernate.query.sqm.tree.insert.SqmInsertValuesStatement;
import org.hibernate.query.sqm.tree.insert.SqmValues;
import org.hibernate.query.sqm.tree.select.SqmJpaCompoundSelection;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.update.SqmAssignment;
import org.hibernate.query.sqm.tree.update.SqmUpdateStatement;
import org.jspecify.annotations.Nullable;

/** What is special to a statement that changes rows: they must not leave their shard, and new ones must find theirs. */
final class Writes {
    private static final String INSERT_REWRITE = "Give all values of the key with each row, or select them from the row"
            + " that it is made from; or use persist or StatelessSession.insertMultiple";

    private final SqmDmlStatement<?> statement;
    private final FromElements elements;
    private final FromElement target;

    /** Of each given row, where it belongs; null if that is not known of all of them. */
    @Nullable
    List<Condition> rows;

    /** Whether each row that is selected has the key of the row it is made from. */
    private boolean followsSource;

    Writes(SqmDmlStatement<?> statement, FromElements elements, FromElement target) {
        this.statement = statement;
        this.elements = elements;
        this.target = target;
    }

    /** Why it is refused whatever the number of shards; null if it is not. */
    @Nullable
    Refusal refusal() {
        if (target.placement instanceof Reference) {
            return new Refusal(
                    "changing " + target.name(),
                    "it is a reference entity, of which every shard has a copy",
                    "Change the entities in a session, which writes every copy, or use ShardedSessionFactory.getReferenceData()");
        }
        if (statement instanceof SqmInsertStatement<?> insert
                && target.placement instanceof Sharded sharded
                && sharded.id() instanceof CarriesBucket
                && insert.getInsertionTargetPaths().stream().anyMatch(this::isOwnId)) {
            return new Refusal(
                    "insert into " + target.name() + " with an id",
                    "the id carries the bucket, and it is not known that it is the key's",
                    "Use persist or StatelessSession.insertMultiple, which make the id");
        }
        if (statement instanceof SqmInsertStatement<?> insert) {
            for (SqmPath<?> path : insert.getInsertionTargetPaths()) {
                Refusal refusal = ofLookup(
                        "insert into",
                        String.join(".", elements.namesFromOwner(path)),
                        "Use persist or StatelessSession.insertMultiple");
                if (refusal != null) {
                    return refusal;
                }
            }
        }
        List<SqmAssignment<?>> assignments = new ArrayList<>();
        if (statement instanceof SqmUpdateStatement<?> update) {
            assignments.addAll(update.getSetClause().getAssignments());
        } else if (statement instanceof SqmInsertStatement<?> insert && insert.getConflictClause() != null) {
            SqmConflictUpdateAction<?> action = insert.getConflictClause().getConflictAction();
            if (action != null) {
                assignments.addAll(action.getSetClause().getAssignments());
            }
        }
        for (SqmAssignment<?> assignment : assignments) {
            String path = String.join(".", elements.namesFromOwner(assignment.getTargetPath()));
            if (target.placement instanceof Sharded sharded
                    && (elements.located(assignment.getTargetPath()) != null || changesKey(sharded, path))) {
                return new Refusal(
                        "setting " + target.name() + "." + path,
                        "it is the shard key, and its row would have to move to another shard",
                        "Delete the entity and persist it anew with the other key");
            }
            Refusal refusal = ofLookup(
                    "setting", path, "Change the entities in a session, or use StatelessSession.updateMultiple");
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    /** A statement tells no values, so their rows in the lookup tables could not be kept. */
    private @Nullable Refusal ofLookup(String what, String path, String rewrite) {
        return elements.lookups(target.placement.entityName()).stream()
                .filter(attribute -> attribute.path().equals(path))
                .findFirst()
                .map(attribute -> new Refusal(
                        what + " " + target.name() + "." + path,
                        "it has " + attribute.annotation()
                                + ", whose rows on other shards the statement would not write",
                        rewrite))
                .orElse(null);
    }

    /** Also by another attribute that is in the same column. */
    private boolean changesKey(Sharded placement, String path) {
        List<String> keys = placement.key() instanceof OwnKey own
                ? own.attributes().stream().map(KeyAttribute::path).toList()
                : List.of(((ParentKey) placement.key()).association());
        return keys.stream()
                .anyMatch(key -> overlap(key, path) || elements.shareColumn(placement.entityName(), key, path));
    }

    private static boolean overlap(String key, String path) {
        return (key + ".").startsWith(path + ".") || (path + ".").startsWith(key + ".");
    }

    /** The reason not to insert on several shards; null if there is none, or it is no insert. */
    @Nullable
    Refusal acrossShards() {
        if (!(statement instanceof SqmInsertStatement<?>) || rows != null) {
            return null;
        }
        if (!followsSource) {
            return new Refusal(
                    "insert into " + target.name(),
                    "it is not proven that all its rows belong to one shard",
                    INSERT_REWRITE);
        }
        return seesOtherRows((SqmInsertSelectStatement<?>) statement)
                ? new Refusal(
                        "an insert of a limited number of rows, or of what a window function computes",
                        "each shard would look at its own rows only",
                        "Run it once for each key, or without a limit")
                : null;
    }

    /**
     * Whether the select looks at rows of other shards. Groups and distinct rows do not: the key is selected, so it is the
     * same for all rows of a group.
     */
    private static boolean seesOtherRows(SqmInsertSelectStatement<?> insert) {
        SqmQuerySpec<?> query = (SqmQuerySpec<?>) insert.getSelectQueryPart();
        boolean[] window = new boolean[1];
        TreeWalker walker = new TreeWalker() {
            @Override
            public Object visitOver(SqmOver<?> over) {
                window[0] = true;
                return over;
            }
        };
        query.getSelectClause().getSelections().forEach(selection -> selection.accept(walker));
        return window[0] || query.getOffsetExpression() != null || query.getFetchExpression() != null;
    }

    /** Rows copied with the key of the row that they are made from go where that one is. */
    void linkSelected() {
        if (statement instanceof SqmInsertSelectStatement<?> insert
                && insert.getSelectQueryPart() instanceof SqmQuerySpec<?> query) {
            List<SqmSelectableNode<?>> selections = selected(query);
            List<SqmPath<?>> paths = insert.getInsertionTargetPaths();
            for (int i = 0; i < Math.min(paths.size(), selections.size()); i++) {
                Located to = elements.located(paths.get(i));
                Located from =
                        selections.get(i) instanceof SqmExpression<?> selected ? elements.located(selected) : null;
                if (to != null
                        && from != null
                        && !isOwnId(to)
                        && !from.element().optional
                        && Locator.meet(to.locator(), from.locator())) {
                    target.follow(from.element());
                    followsSource = true;
                }
            }
        }
    }

    /** A criteria query's tuple is as many values. */
    static List<SqmSelectableNode<?>> selected(SqmQuerySpec<?> query) {
        List<SqmSelectableNode<?>> selected = new ArrayList<>();
        query.getSelectClause().getSelections().forEach(selection -> {
            if (selection.getSelectableNode() instanceof SqmJpaCompoundSelection<?> several) {
                selected.addAll(several.getSelectionItems());
            } else {
                selected.add(selection.getSelectableNode());
            }
        });
        return selected;
    }

    /** Where the given rows belong: only if each has all values of its key. */
    @Nullable
    Condition ofValues(Restrictions restrictions) {
        if (!(statement instanceof SqmInsertValuesStatement<?> insert)) {
            return null;
        }
        List<SqmPath<?>> paths = insert.getInsertionTargetPaths();
        List<Condition> each = new ArrayList<>();
        for (SqmValues row : insert.getValuesList()) {
            List<Equality> all = new ArrayList<>();
            List<Equality> keys = new ArrayList<>();
            for (int i = 0; i < paths.size(); i++) {
                Equality value = new Equality(paths.get(i), row.getExpressions().get(i));
                Located located = elements.located(paths.get(i));
                all.add(value);
                if (located != null && !isOwnId(located)) {
                    keys.add(value);
                }
            }
            Condition condition = restrictions.ofEqual(all, target.group());
            if (condition == null || restrictions.ofEqual(keys, target.group()) == null) {
                return null;
            }
            each.add(condition);
        }
        if (each.isEmpty()) {
            return null;
        }
        rows = List.copyOf(each);
        return new Condition.Some(each);
    }

    /** It tells where a row should be, but does not make it so. */
    private boolean isOwnId(SqmPath<?> path) {
        Located located = elements.located(path);
        return located != null && isOwnId(located);
    }

    private boolean isOwnId(Located located) {
        return located.locator() instanceof Locator.Id id && id.placement().equals(target.placement);
    }
}
