package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.TreeWalker;
import java.util.HashSet;
import java.util.Set;
import org.hibernate.query.sqm.tree.domain.SqmBasicValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmEmbeddedValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmEntityValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.spi.NavigablePath;

/**
 * Looks for an association whose join depends on where the query uses it. Of one that its own row does not point to,
 * Hibernate makes a left join where it is compared as a whole, and an inner join where an attribute of it is read, but if
 * there are both, the clauses and their order decide.
 */
final class ImplicitJoins extends TreeWalker {
    private final Types types;
    private final Set<NavigablePath> whole = new HashSet<>();
    private final Set<NavigablePath> read = new HashSet<>();

    private ImplicitJoins(Types types) {
        this.types = types;
    }

    static boolean depend(SqmSelectStatement<?> statement, Types types) {
        ImplicitJoins joins = new ImplicitJoins(types);
        statement.accept(joins);
        return joins.whole.stream().anyMatch(joins.read::contains);
    }

    @Override
    public Object visitEntityValuedPath(SqmEntityValuedSimplePath<?> path) {
        if (types.mayFindNothing(path)) {
            whole.add(path.getNavigablePath());
        }
        return read(path);
    }

    @Override
    public Object visitBasicValuedPath(SqmBasicValuedSimplePath<?> path) {
        return read(path);
    }

    @Override
    public Object visitEmbeddableValuedPath(SqmEmbeddedValuedSimplePath<?> path) {
        return read(path);
    }

    private Object read(SqmPath<?> path) {
        for (SqmPath<?> at = path.getLhs(); at instanceof SqmEntityValuedSimplePath<?>; at = at.getLhs()) {
            read.add(at.getNavigablePath());
        }
        return path;
    }
}
