package io.hibernateshards.internal.plan;

import java.time.Instant;
import java.util.IdentityHashMap;
import org.hibernate.metamodel.mapping.CollectionPart;
import org.hibernate.query.sqm.internal.NoParamSqmCopyContext;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.domain.SqmFkExpression;
import org.hibernate.query.sqm.tree.domain.SqmFunctionRoot;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmSetReturningFunction;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmFunctionJoin;
import org.jspecify.annotations.Nullable;

/**
 * The copies of the nodes of one tree. A function in the from clause stays the same, with its parameters, and only what it
 * is joined to is another: Hibernate's own copies lose that, the path of {@code json_table}, and the index of a row. Nor
 * does Hibernate copy {@code fk()} of an alias.
 */
public final class TreeCopyContext extends NoParamSqmCopyContext {
    private final IdentityHashMap<SqmFunctionJoin<?>, SqmFrom<?, ?>> parents = new IdentityHashMap<>();

    private final @Nullable Instant time;

    private TreeCopyContext(@Nullable Instant time) {
        this.time = time;
    }

    /** Returns an empty context, for one copy. */
    public static SqmCopyContext empty() {
        return new TreeCopyContext(null);
    }

    /** Returns an empty context, for one copy that has a time instead of functions of the current time. */
    public static SqmCopyContext at(Instant time) {
        return new TreeCopyContext(time);
    }

    @Override
    public <T> T registerCopy(T original, T copy) {
        super.registerCopy(original, copy);
        if (original instanceof SqmFrom<?, ?> from && copy instanceof SqmFrom<?, ?> parent) {
            from.getSqmJoins().forEach(join -> {
                if (join instanceof SqmFunctionJoin<?> function) {
                    parents.put(function, parent);
                }
            });
        }
        if (original instanceof SqmFunctionRoot<?> root && copy instanceof SqmFunctionRoot<?> other && hasIndex(root)) {
            other.index();
        }
        return copy;
    }

    @Override
    @SuppressWarnings("unchecked") // a copy has the type of its original
    public <T> @Nullable T getCopy(T original) {
        if (original instanceof SqmSetReturningFunction<?>) {
            return original;
        }
        T known = super.getCopy(original);
        if (known == null && original instanceof SqmFkExpression<?> key) {
            return (T) registerCopy(key, new SqmFkExpression<>(key.getLhs().copy(this)));
        }
        if (known == null && time != null && original instanceof SqmFunction<?> function) {
            SqmExpression<?> constant = Clock.at(time, function);
            return constant == null ? null : registerCopy(original, (T) constant);
        }
        SqmFrom<?, Object> parent = (SqmFrom<?, Object>) parents.get(original);
        return known == null && parent != null ? (T) copy((SqmFunctionJoin<?>) original, parent) : known;
    }

    private <E> SqmFunctionJoin<E> copy(SqmFunctionJoin<E> join, SqmFrom<?, Object> parent) {
        SqmFunctionJoin<E> copy = new SqmFunctionJoin<>(
                join.getNavigablePath(),
                join.getFunction(),
                join.isLateral(),
                join.getReferencedPathSource(),
                join.getExplicitAlias(),
                join.getSqmJoinType(),
                parent);
        registerCopy(join, copy);
        if (join.getJoinPredicate() != null) {
            copy.setJoinPredicate(join.getJoinPredicate().copy(this));
        }
        if (hasIndex(join)) {
            copy.index();
        }
        return copy;
    }

    private static boolean hasIndex(SqmFrom<?, ?> function) {
        return function.getReusablePath(CollectionPart.Nature.INDEX.getName()) != null;
    }
}
