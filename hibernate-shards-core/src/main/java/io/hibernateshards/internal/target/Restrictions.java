package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.target.Condition.Between;
import io.hibernateshards.internal.target.Conjuncts.Equality;
import io.hibernateshards.internal.target.FromElements.Located;
import io.hibernateshards.internal.target.FromElements.LookedUp;
import io.hibernateshards.internal.target.Locator.Component;
import jakarta.persistence.criteria.Predicate.BooleanOperator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.hibernate.query.sqm.ComparisonOperator;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmTuple;
import org.hibernate.query.sqm.tree.predicate.SqmBetweenPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmComparisonPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmInListPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmJunctionPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmNullnessPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/**
 * What predicates say about the shards of a group. Every condition found here is false for a row without the element that
 * it is about, so it holds for outer joins too.
 */
final class Restrictions {
    private final FromElements elements;
    private final Operands operands;
    private final boolean lookups;
    private final boolean stored;

    /**
     * @param lookups whether lookups say where rows are, as they do not for rows that are only to be made
     * @param stored whether entities are stored as parents of such rows, and not compared
     */
    Restrictions(FromElements elements, Operands operands, boolean lookups, boolean stored) {
        this.lookups = lookups;
        this.stored = stored;
        this.elements = elements;
        this.operands = operands;
    }

    /** The condition that follows if all predicates hold; null for none. */
    @Nullable
    Condition of(Collection<? extends SqmPredicate> predicates, FromElement group) {
        Found found = new Found();
        for (SqmPredicate predicate : Conjuncts.of(predicates)) {
            add(predicate, group, found);
        }
        return found.all();
    }

    /** The condition that follows from all equalities; null for none. */
    @Nullable
    Condition ofEqual(List<Equality> equalities, FromElement group) {
        Found found = new Found();
        equalities.forEach(equality -> add(equality, group, found));
        return found.all();
    }

    private void add(SqmPredicate predicate, FromElement group, Found found) {
        if (predicate instanceof SqmJunctionPredicate junction && junction.getOperator() == BooleanOperator.OR) {
            found.add(some(junction.getPredicates().stream().map(branch -> of(List.of(branch), group))));
        } else if (predicate instanceof SqmComparisonPredicate comparison) {
            Conjuncts.equalities(comparison).forEach(equality -> add(equality, group, found));
            ComparisonOperator operator = Conjuncts.operator(comparison);
            bound(comparison.getLeftHandExpression(), operator, comparison.getRightHandExpression(), group, found);
            bound(
                    comparison.getRightHandExpression(),
                    operator.invert(),
                    comparison.getLeftHandExpression(),
                    group,
                    found);
        } else if (predicate instanceof SqmInListPredicate<?> in && !in.isNegated()) {
            List<? extends SqmExpression<?>> list = in.getListExpressions();
            if (in.getTestExpression() instanceof SqmTuple<?> tuple) {
                found.add(some(list.stream().map(one -> ofEqual(Conjuncts.equalities(tuple, one), group))));
            } else {
                equal(in.getTestExpression(), group, found, type -> operands.of(list, type));
            }
        } else if (predicate instanceof SqmBetweenPredicate between && !between.isNegated()) {
            between(between.getExpression(), between.getLowerBound(), between.getUpperBound(), group, found);
        } else if (predicate instanceof SqmNullnessPredicate isNull && !isNull.isNegated()) {
            Located located = in(group, isNull.getExpression());
            if (located != null && !located.element().optional) {
                found.add(new Condition.Never());
            }
        }
    }

    private static @Nullable Condition some(Stream<@Nullable Condition> branches) {
        List<@Nullable Condition> all = branches.toList();
        return all.isEmpty() || all.stream().anyMatch(Objects::isNull)
                ? null
                : new Condition.Some(all.stream().map(Objects::requireNonNull).toList());
    }

    private void add(Equality equality, FromElement group, Found found) {
        equal(equality.left(), group, found, type -> operands.of(equality.right(), type));
        equal(equality.right(), group, found, type -> operands.of(equality.left(), type));
    }

    private interface Given {
        @Nullable
        Operand as(@Nullable JavaType<?> type);
    }

    private void equal(SqmExpression<?> path, FromElement group, Found found, Given given) {
        Located located = in(group, path);
        if (located == null) {
            lookedUp(path, group, found, given);
        } else if (located.locator() instanceof Locator.Id id) {
            Operand operand = given.as(id.type());
            if (operand != null) {
                found.add(new Condition.ById(id.placement(), operand, id.entity(), stored));
            }
        } else if (located.locator() instanceof Component component) {
            Operand operand = given.as(component.attribute().jdbcMapping().getJavaTypeDescriptor());
            if (operand != null) {
                found.add(located.element(), component, operand);
            }
        }
    }

    private void lookedUp(SqmExpression<?> path, FromElement group, Found found, Given given) {
        LookedUp lookedUp = lookups ? elements.lookedUp(path) : null;
        if (lookedUp != null && lookedUp.element().group() == group) {
            LookupAttribute attribute = lookedUp.attribute();
            Operand operand = given.as(attribute.value().jdbcMapping().getJavaTypeDescriptor());
            if (operand != null) {
                found.add(new Condition.ByLookup(attribute, operand));
            }
        }
    }

    private void bound(
            SqmExpression<?> path,
            ComparisonOperator operator,
            SqmExpression<?> value,
            FromElement group,
            Found found) {
        switch (operator) {
            case LESS_THAN, LESS_THAN_OR_EQUAL -> between(path, null, value, group, found);
            case GREATER_THAN, GREATER_THAN_OR_EQUAL -> between(path, value, null, group, found);
            default -> {}
        }
    }

    private void between(
            SqmExpression<?> path,
            @Nullable SqmExpression<?> from,
            @Nullable SqmExpression<?> to,
            FromElement group,
            Found found) {
        Located located = in(group, path);
        if (located != null && located.locator() instanceof Component key && key.size() == 1) {
            JavaType<?> type = key.attribute().jdbcMapping().getJavaTypeDescriptor();
            Operand lower = from == null ? null : operands.of(from, type);
            Operand upper = to == null ? null : operands.of(to, type);
            if (lower != null || upper != null) {
                found.add(located.element(), new Between(key.root(), key.attribute(), lower, upper));
            }
        }
    }

    private @Nullable Located in(FromElement group, SqmExpression<?> path) {
        Located located = elements.located(path);
        return located != null && located.element().group() == group ? located : null;
    }

    /** Conditions that all hold, and the values of keys of several as they are found one by one. */
    private static final class Found {
        private final List<Condition> conditions = new ArrayList<>();
        private final Map<FromElement, @Nullable Operand[]> keys = new HashMap<>();
        private final Map<FromElement, Between> ranges = new HashMap<>();

        void add(@Nullable Condition condition) {
            if (condition != null) {
                conditions.add(condition);
            }
        }

        void add(FromElement element, Component component, Operand operand) {
            if (component.size() == 1) {
                conditions.add(new Condition.ByKey(component.root(), List.of(operand)));
                return;
            }
            @Nullable Operand[] key = keys.computeIfAbsent(element, none -> new @Nullable Operand[component.size()]);
            key[component.index()] = operand;
            if (Stream.of(key).allMatch(Objects::nonNull)) {
                conditions.add(new Condition.ByKey(
                        component.root(),
                        Stream.of(key).map(Objects::requireNonNull).toList()));
            }
        }

        /** Two bounds are fewer buckets together than each of them. */
        void add(FromElement element, Between range) {
            Between other = ranges.put(element, range);
            if (other != null
                    && (other.from() == null) != (range.from() == null)
                    && (other.to() == null) != (range.to() == null)) {
                conditions.remove(other);
                conditions.add(new Between(
                        range.placement(),
                        range.attribute(),
                        range.from() == null ? other.from() : range.from(),
                        range.to() == null ? other.to() : range.to()));
            } else {
                conditions.add(range);
            }
        }

        @Nullable
        Condition all() {
            return conditions.isEmpty()
                    ? null
                    : conditions.size() == 1 ? conditions.get(0) : new Condition.All(List.copyOf(conditions));
        }
    }
}
