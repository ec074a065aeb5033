package io.hibernateshards.internal.target;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.Attached;
import io.hibernateshards.internal.route.Reference;
import io.hibernateshards.internal.route.ReferenceCheck;
import io.hibernateshards.internal.target.FromElements.Located;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.BasicEntityIdentifierMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.sqm.tree.SqmDmlStatement;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmCaseSearched;
import org.hibernate.query.sqm.tree.expression.SqmCaseSimple;
import org.hibernate.query.sqm.tree.expression.SqmCoalesce;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.insert.SqmConflictUpdateAction;
import org.hibernate.query.sqm.tree.insert.SqmInsertSelectStatement;
import org.hibernate.query.sqm.tree.insert.SqmInsertStatement;
import org.hibernate.query.sqm.tree.insert.SqmInsertValuesStatement;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.select.SqmSubQuery;
import org.hibernate.query.sqm.tree.update.SqmAssignment;
import org.hibernate.query.sqm.tree.update.SqmUpdateStatement;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/**
 * The parameters and literals that a statement stores as references to entities with a shard key. What it takes from rows needs
 * no check: those are of the shard that it runs on, and so is all that they refer to.
 */
final class SetReferences {
    /**
     * What is given: an entity, an embeddable that holds some, an id, another attribute that the reference goes by, or an id that
     * only the database knows.
     */
    private enum Kind {
        ENTITY,
        EMBEDDABLE,
        ID,
        PART,
        COMPUTED
    }

    /** Functions whose result is one of their arguments. */
    private static final Set<String> YIELDS_ARGUMENT =
            Set.of("coalesce", "ifnull", "nullif", "greatest", "least", "min", "max", "any_value", "cast");

    /**
     * One value.
     *
     * @param path the assigned attribute
     * @param row of an insert's values; -1 if it is set in every row
     */
    private record Value(Reference reference, Kind kind, String path, Operand operand, int row) {}

    private final String owner;
    private final List<Value> values = new ArrayList<>(0);

    private SetReferences(String owner) {
        this.owner = owner;
    }

    /** Null if the statement sets none, so that there is nothing to check. */
    static @Nullable SetReferences of(
            SqmDmlStatement<?> statement,
            FromElement target,
            ShardMapping mapping,
            SessionFactoryImplementor factory,
            FromElements elements,
            Operands operands) {
        if (!(target.placement instanceof Sharded placement)) {
            return null;
        }
        EntityPersister persister = factory.getMappingMetamodel().getEntityDescriptor(placement.entityName());
        List<Reference> references = Reference.of(persister, placement, mapping);
        if (references.isEmpty()) {
            return null;
        }
        Collector collector = new Collector(
                references, mapping, factory, elements, operands, new SetReferences(placement.entityName()));
        collector.statement(statement);
        return collector.found.values.isEmpty() ? null : collector.found;
    }

    /**
     * Checks all values.
     *
     * @param shards where the statement is to run
     * @param rows the shard of each row of an insert, or null if all are on all shards
     * @throws io.hibernateshards.ShardingException if an entity lives on another shard than a row that is to refer to it
     */
    void check(Arguments arguments, List<ShardId> shards, @Nullable List<ShardId> rows, Attached attached) {
        ReferenceCheck check = new ReferenceCheck(arguments.router());
        for (Value value : values) {
            List<Object> given = value.operand.values(arguments.bindings());
            if (given == null) {
                continue;
            }
            List<ShardId> written = value.row >= 0 && rows != null ? List.of(rows.get(value.row)) : shards;
            for (Object one : given) {
                for (ShardId shard : written) {
                    check(check, value, one, shard, attached);
                }
            }
        }
    }

    private void check(ReferenceCheck check, Value value, Object given, ShardId shard, Attached attached) {
        Reference reference = value.reference;
        if (value.kind == Kind.PART) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    "entity " + owner + ": " + value.path + " is set, which refers to a "
                            + reference.target().entityName()
                            + " and does not tell its shard. Nothing of the statement was"
                            + " sent: set " + reference.path() + " to an entity, or change it in a session");
        }
        if (value.kind == Kind.COMPUTED) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    "entity " + owner + ": " + value.path
                            + " is set to a value that only the database knows, and not on which"
                            + " shard the " + reference.target().entityName()
                            + " with it is. Nothing of the statement was sent: set " + reference.path()
                            + " to an entity, or its id to a parameter, or change it in a session");
        }
        if (value.kind == Kind.ID) {
            check.id(owner, reference.path(), reference.target(), given, shard, null);
            return;
        }
        Object entity = value.kind == Kind.ENTITY ? given : reference.within(value.path, given);
        if (entity != null) {
            check.instance(owner, null, reference.path(), reference.target(), entity, shard, null, attached);
        }
    }

    private static final class Collector {
        private final List<Reference> references;
        private final ShardMapping mapping;
        private final SessionFactoryImplementor factory;
        private final FromElements elements;
        private final Operands operands;
        private final SetReferences found;

        Collector(
                List<Reference> references,
                ShardMapping mapping,
                SessionFactoryImplementor factory,
                FromElements elements,
                Operands operands,
                SetReferences found) {
            this.references = references;
            this.mapping = mapping;
            this.factory = factory;
            this.elements = elements;
            this.operands = operands;
            this.found = found;
        }

        void statement(SqmDmlStatement<?> statement) {
            if (statement instanceof SqmUpdateStatement<?> update) {
                assignments(update.getSetClause().getAssignments());
            } else if (statement instanceof SqmInsertStatement<?> insert) {
                List<SqmPath<?>> paths = insert.getInsertionTargetPaths();
                if (insert instanceof SqmInsertValuesStatement<?> values) {
                    for (int row = 0; row < values.getValuesList().size(); row++) {
                        add(paths, values.getValuesList().get(row).getExpressions(), row);
                    }
                } else if (insert instanceof SqmInsertSelectStatement<?> select
                        && select.getSelectQueryPart() instanceof SqmQuerySpec<?> query) {
                    add(paths, Writes.selected(query), -1);
                }
                SqmConflictUpdateAction<?> action = insert.getConflictClause() == null
                        ? null
                        : insert.getConflictClause().getConflictAction();
                if (action != null) {
                    assignments(action.getSetClause().getAssignments());
                }
            }
        }

        private void assignments(List<? extends SqmAssignment<?>> assignments) {
            for (SqmAssignment<?> assignment : assignments) {
                add(assignment.getTargetPath(), assignment.getValue(), -1);
            }
        }

        private void add(List<SqmPath<?>> paths, List<? extends SqmSelectableNode<?>> given, int row) {
            for (int i = 0; i < Math.min(paths.size(), given.size()); i++) {
                if (given.get(i) instanceof SqmExpression<?> expression) {
                    add(paths.get(i), expression, row);
                }
            }
        }

        private void add(SqmPath<?> assigned, SqmExpression<?> expression, int row) {
            String path = path(assigned);
            for (Reference reference : references) {
                if (reference.path().equals(path)) {
                    add(reference, Kind.ENTITY, path, expression, null, row);
                } else if (reference.path().startsWith(path + ".")) {
                    add(reference, Kind.EMBEDDABLE, path, expression, null, row);
                } else if (path.startsWith(reference.path() + ".")) {
                    EntityPersister to = factory.getMappingMetamodel()
                            .getEntityDescriptor(reference.target().entityName());
                    if (Locator.isId(to, path.substring(reference.path().length() + 1))) {
                        JavaType<?> type = to.getIdentifierMapping() instanceof BasicEntityIdentifierMapping basic
                                ? basic.getJavaType()
                                : null;
                        add(reference, Kind.ID, path, expression, type, row);
                    } else {
                        add(reference, Kind.PART, path, expression, null, row);
                    }
                }
            }
        }

        /** A value may be one of several. */
        private void add(
                Reference reference,
                Kind kind,
                String path,
                @Nullable SqmExpression<?> expression,
                @Nullable JavaType<?> type,
                int row) {
            if (expression instanceof SqmCaseSearched<?> searched) {
                searched.getWhenFragments().forEach(when -> add(reference, kind, path, when.getResult(), type, row));
                add(reference, kind, path, searched.getOtherwise(), type, row);
            } else if (expression instanceof SqmCaseSimple<?, ?> simple) {
                simple.getWhenFragments().forEach(when -> add(reference, kind, path, when.getResult(), type, row));
                add(reference, kind, path, simple.getOtherwise(), type, row);
            } else if (expression instanceof SqmCoalesce<?> coalesce) {
                coalesce.getArguments().forEach(one -> add(reference, kind, path, one, type, row));
            } else if (expression instanceof SqmFunction<?> function && yieldsArgument(function)) {
                function.getArguments().forEach(one -> {
                    if (one instanceof SqmExpression<?> argument) {
                        add(reference, kind, path, argument, type, row);
                    }
                });
            } else if (expression instanceof SqmSubQuery<?> query
                    && query.getQueryPart() instanceof SqmQuerySpec<?> selecting) {
                Writes.selected(selecting).forEach(selected -> {
                    if (selected instanceof SqmExpression<?> one) {
                        add(reference, kind, path, one, type, row);
                    }
                });
            } else if (expression != null) {
                Operand operand = operands.of(expression, type);
                if (operand != null) {
                    found.values.add(new Value(reference, kind, path, operand, row));
                } else if (kind == Kind.PART || kind == Kind.ID) {
                    boolean here = expression instanceof SqmPath<?> from
                            && (kind == Kind.ID ? isIdHere(reference, from) : isPartHere(reference, from, path));
                    if (!here) {
                        found.values.add(new Value(reference, Kind.COMPUTED, path, new Operand.Constant(path), row));
                    }
                }
            }
        }

        private static boolean yieldsArgument(SqmFunction<?> function) {
            return YIELDS_ARGUMENT.contains(
                    String.valueOf(function.getFunctionName()).toLowerCase(Locale.ROOT));
        }

        /** Whether it is the id of a row of the shard that the statement runs on: what other numbers lead to is not known. */
        private boolean isIdHere(Reference reference, SqmPath<?> path) {
            SqmPath<?> entity = path.getLhs();
            if (entity != null && isOfTarget(reference, path) && elements.isIdOf(entity, path)) {
                return true;
            }
            Located located = elements.located(path);
            Locator id = Locator.at(mapping, factory, reference.target(), List.of("{id}"));
            return located != null && id != null && Locator.meet(located.locator(), id);
        }

        /** Whether it is the other attribute that the reference goes by, of a row of the same shard. */
        private boolean isPartHere(Reference reference, SqmPath<?> path, String assigned) {
            return isOfTarget(reference, path)
                    && assigned.endsWith("." + path.getReferencedPathSource().getPathName());
        }

        private boolean isOfTarget(Reference reference, SqmPath<?> path) {
            String entity = path.getLhs() == null ? null : elements.entityName(path.getLhs());
            return entity != null && root(entity).equals(root(reference.target().entityName()));
        }

        private String root(String entityName) {
            return factory.getMappingMetamodel().getEntityDescriptor(entityName).getRootEntityName();
        }

        /** From the root of the statement. */
        private static String path(SqmPath<?> assigned) {
            Deque<String> names = new ArrayDeque<>();
            for (SqmPath<?> at = assigned; at != null && at.getLhs() != null; at = at.getLhs()) {
                names.addFirst(at.getReferencedPathSource().getPathName());
            }
            return String.join(".", names);
        }
    }
}
