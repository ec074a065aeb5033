package io.hibernateshards.internal.gather;

import io.hibernateshards.internal.gather.EntityColumn.Fetch;
import io.hibernateshards.internal.plan.Instantiation;
import io.hibernateshards.internal.plan.PlacedBindings;
import io.hibernateshards.internal.plan.TreeCopyContext;
import io.hibernateshards.internal.target.Refusal;
import io.hibernateshards.internal.target.TreeWalker;
import jakarta.persistence.metamodel.Attribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.CollectionPart;
import org.hibernate.metamodel.mapping.EntityIdentifierMapping;
import org.hibernate.metamodel.mapping.NonAggregatedIdentifierMapping;
import org.hibernate.metamodel.mapping.internal.BasicAttributeMapping;
import org.hibernate.metamodel.model.domain.BasicDomainType;
import org.hibernate.metamodel.model.domain.EmbeddableDomainType;
import org.hibernate.metamodel.model.domain.EntityDomainType;
import org.hibernate.metamodel.model.domain.ManagedDomainType;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.SqmJoinType;
import org.hibernate.query.sqm.tree.domain.SqmBasicValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmEmbeddedValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmEntityValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmFunctionRoot;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.domain.SqmSingularJoin;
import org.hibernate.query.sqm.tree.domain.SqmTreatedPath;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmAliasedNodeRef;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmTuple;
import org.hibernate.query.sqm.tree.from.SqmAttributeJoin;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmFunctionJoin;
import org.hibernate.query.sqm.tree.from.SqmJoin;
import org.hibernate.query.sqm.tree.select.SqmDynamicInstantiation;
import org.hibernate.query.sqm.tree.select.SqmJpaCompoundSelection;
import org.hibernate.query.sqm.tree.select.SqmQueryGroup;
import org.hibernate.query.sqm.tree.select.SqmQueryPart;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectClause;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.select.SqmSelection;
import org.hibernate.query.sqm.tree.select.SqmSortSpecification;
import org.jspecify.annotations.Nullable;

/**
 * A select with ids in place of entities: gathered rows are no place to load an entity from, whose every column and lazy
 * association would come from copies. Equal ids are equal entities, so distinct, groups and set operations stay what they
 * are; the joins stay too, so that there are as many rows.
 */
final class EntityRows {
    /** Values of a row that are one in the result: as they are, or what is made of them. */
    private record Output(int position, int count, @Nullable Instantiation made) {}

    private final SessionFactoryImplementor factory;
    private final SqmSelectStatement<?> original;
    private final SqmSelectStatement<Object[]> tree;
    private final SqmCopyContext context = TreeCopyContext.empty();
    private final List<EntityColumn> entities = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();
    private int width;
    private int fetches;
    private int made;
    private @Nullable Refusal refusal;

    EntityRows(SqmSelectStatement<?> original, SessionFactoryImplementor factory) {
        this.factory = factory;
        this.original = original;
        tree = original.createCopy(context, Object[].class);
        List<SqmQuerySpec<?>> specs = new ArrayList<>();
        add(tree.getQueryPart(), specs);
        for (int i = 0; i < specs.size(); i++) {
            rewrite(specs.get(i), i == 0);
        }
        if (!entities.isEmpty()) {
            checkTypes(specs.get(0));
            sortGroups(tree.getQueryPart(), specs);
            checkTreats();
        }
        if (made > 0 && specs.size() > 1) {
            refuse(
                    "a set operation over select new with entities",
                    "their objects are made after it, of rows that it has compared",
                    "select the ids");
        }
        if (fetches > 0 && (width > 1 || made > 0 || entities.isEmpty())) {
            refuse(
                    "a fetch beside other selections",
                    "the rows would have to be told apart by what is fetched",
                    "select the entity alone, or leave the fetch out");
        }
    }

    private static void add(SqmQueryPart<?> part, List<SqmQuerySpec<?>> to) {
        if (part instanceof SqmQueryGroup<?> group) {
            group.getQueryParts().forEach(one -> add(one, to));
        } else {
            to.add((SqmQuerySpec<?>) part);
        }
    }

    /** Hibernate's copy of a function may forget what type it yields. */
    private void checkTypes(SqmQuerySpec<?> copy) {
        List<SqmSelection<?>> values = new ArrayList<>();
        selected(original.getQueryPart().getFirstQuerySpec()).forEach(one -> addValues(one, values));
        for (int i = 0; i < values.size(); i++) {
            SqmSelectableNode<?> value = values.get(i).getSelectableNode();
            Object type = value.getNodeJavaType();
            if (entity(value) == null
                    && type
                            != copy.getSelectClause()
                                    .getSelections()
                                    .get(i)
                                    .getSelectableNode()
                                    .getNodeJavaType()) {
                refuse(
                        value.toHqlString() + " beside an entity",
                        "its type would get lost",
                        "cast it, or select the id of the entity");
            }
        }
    }

    /** The query: rewritten only where there is something to rewrite. */
    SqmSelectStatement<?> tree() {
        return entities.isEmpty() ? original : tree;
    }

    /** Those of {@link #tree()}. */
    DomainParameterXref parameters(DomainParameterXref ofOriginal) {
        return entities.isEmpty() ? ofOriginal : DomainParameterXref.from(tree);
    }

    /** Where ids are, instead of entities. */
    List<EntityColumn> entities() {
        return entities;
    }

    /** How many values of a row were asked for; others may follow. */
    int width() {
        return width;
    }

    /** The values of {@link #parameters}: those of criteria go by their places. */
    QueryParameterBindings values(QueryParameterBindings ofOriginal, DomainParameterXref parameters) {
        return entities.isEmpty()
                ? ofOriginal
                : PlacedBindings.of(ofOriginal, PlacedBindings.originals(original, parameters, context));
    }

    /** What was selected, of a row whose entities are loaded. */
    @Nullable
    Object[] output(@Nullable Object[] row) {
        if (made == 0) {
            return row;
        }
        @Nullable Object[] result = new Object[outputs.size()];
        for (int i = 0; i < result.length; i++) {
            Output output = outputs.get(i);
            result[i] = output.made() == null
                    ? row[output.position()]
                    : output.made().of(Arrays.copyOfRange(row, output.position(), output.position() + output.count()));
        }
        return result;
    }

    /** Whether nothing is selected but one entity, and that is what is wanted. */
    boolean isOnly(Class<?> wanted) {
        return width == 1
                && made == 0
                && entities.size() == 1
                && wanted.isAssignableFrom(entities.get(0).entity().getMappedClass());
    }

    @Nullable
    Refusal refusal() {
        return refusal;
    }

    private void refuse(String construct, String reason, String rewrite) {
        if (refusal == null) {
            refusal = new Refusal(construct, reason, rewrite);
        }
    }

    // ---- one query

    private void rewrite(SqmQuerySpec<?> spec, boolean first) {
        List<SqmSelection<?>> flat = new ArrayList<>();
        for (SqmSelection<?> selection : selected(spec)) {
            int position = flat.size();
            addValues(selection, flat);
            if (first) {
                note(selection.getSelectableNode(), position, flat.size() - position);
            }
        }
        if (made > 0) {
            checkSorts(spec);
        }
        boolean distinct = spec.getSelectClause().isDistinct();
        List<SqmPath<?>> distinctEntities = new ArrayList<>();
        Map<SqmPath<?>, SqmPath<?>> ids = new LinkedHashMap<>();
        SqmSelectClause clause = new SqmSelectClause(distinct, spec.nodeBuilder());
        for (int i = 0; i < flat.size(); i++) {
            SqmSelectableNode<?> node = flat.get(i).getSelectableNode();
            EntityPersister entity = entity(node);
            if (entity == null) {
                checkValue(node);
                clause.addSelection(flat.get(i));
                continue;
            }
            distinctEntities.add((SqmPath<?>) node);
            note(i, entity, (SqmPath<?>) node, first);
            SqmPath<?> id = id((SqmPath<?>) node, entity);
            ids.put((SqmPath<?>) node, id);
            clause.addSelection(new SqmSelection<>(id, flat.get(i).getAlias(), spec.nodeBuilder()));
        }
        if (first) {
            width = flat.size();
        }
        spec.getFromClause().getRoots().forEach(EntityRows::fetchNothing);
        spec.setSelectClause(clause);
        group(spec, ids);
        if (distinct && !distinctEntities.isEmpty()) {
            selectSorts(spec, distinctEntities);
        }
        checkAssociations(spec, distinctEntities);
    }

    /**
     * Where an entity is selected, order by finds the join that Hibernate has made to fetch its association, or the row that
     * it came from; beside an id it would make another one, an inner join.
     */
    private void checkAssociations(SqmQuerySpec<?> spec, List<SqmPath<?>> selected) {
        TreeWalker paths = new TreeWalker() {
            @Override
            public Object visitBasicValuedPath(SqmBasicValuedSimplePath<?> path) {
                checkAssociation(path, selected);
                return path;
            }

            @Override
            public Object visitEntityValuedPath(SqmEntityValuedSimplePath<?> path) {
                checkAssociation(path, selected);
                return path;
            }

            @Override
            public Object visitEmbeddableValuedPath(SqmEmbeddedValuedSimplePath<?> path) {
                checkAssociation(path, selected);
                return path;
            }
        };
        for (SqmSortSpecification sort : spec.getSortSpecifications()) {
            if (!(sort.getSortExpression() instanceof SqmAliasedNodeRef)) {
                sort.getSortExpression().accept(paths);
            }
        }
    }

    private void checkAssociation(SqmPath<?> path, List<SqmPath<?>> selected) {
        SqmPath<?> at = path.getLhs();
        boolean association = false;
        while (at != null && !(at instanceof SqmFrom<?, ?>)) {
            association |= at instanceof SqmEntityValuedSimplePath<?>;
            at = at.getLhs();
        }
        SqmPath<?> from = at;
        if (association
                && from instanceof SqmAttributeJoin<?, ?>
                && selected.stream().anyMatch(one -> one == from || one.getLhs() == from)) {
            refuse(
                    "order by " + path.toHqlString() + ", of an entity that is selected",
                    "rows without it would be left out, or sorted otherwise",
                    "join the association by itself and order by the attribute of its alias");
        }
    }

    /**
     * A group of an entity is one of its id, and of what else is asked of it: the id may be read from another table, of
     * which PostgreSQL knows no primary key.
     */
    private void group(SqmQuerySpec<?> spec, Map<SqmPath<?>, SqmPath<?>> ids) {
        if (spec.getGroupByClauseExpressions().isEmpty() || ids.isEmpty()) {
            return;
        }
        List<SqmExpression<?>> groups = new ArrayList<>();
        for (SqmExpression<?> group : spec.getGroupByClauseExpressions()) {
            SqmPath<?> entity = ids.keySet().stream()
                    .filter(one -> group instanceof SqmPath<?> path && isOf(one, path))
                    .findFirst()
                    .orElse(null);
            if (entity == null) {
                groups.add(group);
            } else {
                groups.add(ids.get(entity));
                values(spec, entity).forEach(value -> groups.add((SqmExpression<?>) value));
            }
        }
        spec.setGroupByClauseExpressions(groups);
        sortByPosition(spec, ids);
    }

    /** Where Hibernate reads the id of a joined element from depends on the clause. */
    private void sortByPosition(SqmQuerySpec<?> spec, Map<SqmPath<?>, SqmPath<?>> ids) {
        if (spec.getOrderByClause() != null) {
            spec.getOrderByClause()
                    .setSortSpecifications(spec.getSortSpecifications().stream()
                            .map(sort -> replaced(sort, position(spec, sort.getSortExpression(), ids)))
                            .toList());
        }
    }

    private int position(SqmQuerySpec<?> spec, SqmExpression<?> sorted, Map<SqmPath<?>, SqmPath<?>> ids) {
        for (Map.Entry<SqmPath<?>, SqmPath<?>> id : ids.entrySet()) {
            if (sorted instanceof SqmPath<?> path
                    && (isOf(id.getKey(), path) || isOf(id.getKey(), path.getLhs()) && isId(path, id.getKey()))) {
                List<SqmSelectableNode<?>> selected = spec.getSelectClause().getSelections().stream()
                        .<SqmSelectableNode<?>>map(SqmSelection::getSelectableNode)
                        .toList();
                return selected.indexOf(id.getValue()) + 1;
            }
        }
        return 0;
    }

    private boolean isId(SqmPath<?> path, SqmPath<?> entity) {
        String name = path.getReferencedPathSource().getPathName();
        EntityPersister persister = Objects.requireNonNull(entity(entity));
        return name.equals(EntityIdentifierMapping.ID_ROLE_NAME)
                || name.equals(persister.getIdentifierMapping().getAttributeName());
    }

    private static SqmSortSpecification replaced(SqmSortSpecification sort, int position) {
        var builder = sort.getSortExpression().nodeBuilder();
        return position == 0
                ? sort
                : new SqmSortSpecification(
                        new SqmAliasedNodeRef(position, builder.getIntegerType(), builder),
                        sort.getSortDirection(),
                        sort.getNullPrecedence(),
                        sort.isIgnoreCase());
    }

    private static boolean isOf(SqmPath<?> entity, @Nullable SqmPath<?> path) {
        return path != null && (path.equals(entity) || isPartOfCollection(entity) && path == entity.getLhs());
    }

    /** The attributes of an entity that a query selects, compares as a group or sorts by. */
    private static Set<SqmPath<?>> values(SqmQuerySpec<?> spec, SqmPath<?> entity) {
        Set<SqmPath<?>> values = new LinkedHashSet<>();
        TreeWalker paths = new TreeWalker() {
            @Override
            public Object visitBasicValuedPath(SqmBasicValuedSimplePath<?> path) {
                SqmPath<?> of = path.getLhs();
                if (isOf(entity, of instanceof SqmTreatedPath<?, ?> treated ? treated.getWrappedPath() : of)) {
                    values.add(path);
                }
                return path;
            }

            @Override
            public Object visitFunction(SqmFunction<?> function) {
                return function instanceof SqmAggregateFunction ? function : super.visitFunction(function);
            }
        };
        spec.getSelectClause().getSelections().forEach(selection -> selection.accept(paths));
        if (spec.getHavingClausePredicate() != null) {
            spec.getHavingClausePredicate().accept(paths);
        }
        for (SqmSortSpecification sort : spec.getSortSpecifications()) {
            if (!(sort.getSortExpression() instanceof SqmAliasedNodeRef)) {
                sort.getSortExpression().accept(paths);
            }
        }
        return values;
    }

    private static List<SqmSelection<?>> selected(SqmQuerySpec<?> spec) {
        List<SqmSelection<?>> flat = new ArrayList<>();
        spec.getSelectClause()
                .getSelections()
                .forEach(selection -> flatten(selection.getSelectableNode(), selection.getAlias(), flat));
        if (flat.isEmpty()) {
            flat.add(new SqmSelection<>(spec.getFromClause().getRoots().get(0), spec.nodeBuilder()));
        }
        return flat;
    }

    /** A criteria query's tuple or array is as many values. */
    private static void flatten(SqmSelectableNode<?> node, @Nullable String alias, List<SqmSelection<?>> to) {
        if (node instanceof SqmJpaCompoundSelection<?> several) {
            several.getSelectionItems().forEach(one -> flatten(one, one.getAlias(), to));
        } else {
            to.add(new SqmSelection<>(node, alias, node.nodeBuilder()));
        }
    }

    /** The arguments of {@code select new} with an entity among them, which is not there before it is loaded. */
    private void addValues(SqmSelection<?> selection, List<SqmSelection<?>> to) {
        if (selection.getSelectableNode() instanceof SqmDynamicInstantiation<?> instantiation
                && takesEntity(instantiation)) {
            instantiation
                    .getArguments()
                    .forEach(argument -> to.add(new SqmSelection<>(
                            argument.getSelectableNode(), argument.getAlias(), instantiation.nodeBuilder())));
        } else {
            to.add(selection);
        }
    }

    private boolean takesEntity(SqmDynamicInstantiation<?> instantiation) {
        return instantiation.getArguments().stream().anyMatch(argument -> entity(argument.getSelectableNode()) != null);
    }

    private void note(SqmSelectableNode<?> node, int position, int count) {
        Instantiation instantiation = null;
        if (node instanceof SqmDynamicInstantiation<?> made && takesEntity(made)) {
            this.made++;
            instantiation = Instantiation.of(made);
            if (instantiation == null) {
                refuse(
                        "an entity as an argument of " + made.toHqlString(),
                        "it is not known by which constructor the object would be made of a row",
                        "give the class a constructor with exactly the types of the arguments");
            }
        }
        outputs.add(new Output(position, count, instantiation));
    }

    /** There are more values in a row than objects. */
    private void checkSorts(SqmQuerySpec<?> spec) {
        List<SqmExpression<?>> places = new ArrayList<>(spec.getGroupByClauseExpressions());
        spec.getSortSpecifications().forEach(sort -> places.add(sort.getSortExpression()));
        if (places.stream().anyMatch(SqmAliasedNodeRef.class::isInstance)) {
            refuse(
                    "an alias or a position in group by or order by, with select new over entities",
                    "it would count the arguments",
                    "name the attribute itself");
        }
    }

    private void note(int position, EntityPersister entity, SqmPath<?> path, boolean first) {
        if (first) {
            entities.add(
                    new EntityColumn(position, entity, path instanceof SqmFrom<?, ?> from ? fetches(from) : List.of()));
        } else if (entities.stream()
                .noneMatch(known -> known.position() == position
                        && known.entity().getRootEntityName().equals(entity.getRootEntityName()))) {
            refuse(
                    "a set operation over entities of several kinds",
                    "an id would not tell which one is meant",
                    "select their ids");
        }
        if (entity.getIdentifierMapping() instanceof NonAggregatedIdentifierMapping several
                && (several.getIdClassEmbeddable() == null || !isBasic(several))) {
            refuse(
                    "a selection of " + entity.getEntityName(),
                    "its id is made of several attributes of the entity, without a class of basic values for it",
                    "select the attributes that are needed");
        }
    }

    private static boolean isBasic(NonAggregatedIdentifierMapping id) {
        for (int i = 0; i < id.getVirtualIdEmbeddable().getNumberOfAttributeMappings(); i++) {
            if (!(id.getVirtualIdEmbeddable().getAttributeMapping(i) instanceof BasicAttributeMapping)) {
                return false;
            }
        }
        return true;
    }

    private SqmPath<?> id(SqmPath<?> entity, EntityPersister persister) {
        SqmPath<?> joined = isPartOfCollection(entity) ? entity.getLhs() : entity;
        if (joined instanceof SqmAttributeJoin<?, ?> join && preservesJoined(join) && hasJoinTable(join)) {
            refuse(
                    "the selection of " + entity.toHqlString() + ", joined by a right or full join over a join table",
                    "its id would be read from the join table, which has none of it where it is joined to nothing",
                    "join it as an entity: right join Entity e on e member of ...");
        }
        if (isPartOfCollection(entity)) {
            return entity.get(EntityIdentifierMapping.ID_ROLE_NAME);
        }
        if (entity instanceof SqmEntityValuedSimplePath<?>
                && entity.getLhs() instanceof SqmFrom<?, ?> from
                && from.getReferencedPathSource().getPathType() instanceof EntityDomainType<?>) {
            // the entity itself would be joined, and rows without one left out; its id alone is in the row
            SqmPath<?> join =
                    (SqmPath<?>) from.join(entity.getReferencedPathSource().getPathName());
            if (persister.getIdentifierMapping() instanceof NonAggregatedIdentifierMapping) {
                return join.get(EntityIdentifierMapping.ID_ROLE_NAME); // Hibernate would look for it in the row
            }
        } else if (!(entity instanceof SqmFrom<?, ?>) || entity instanceof SqmTreatedPath<?, ?>) {
            refuse(
                    "the selection of " + entity.toHqlString(),
                    "it is no element of the from clause",
                    "join it and select the alias");
        }
        if (entity instanceof SqmSingularJoin<?, ?> join
                && join.getSqmJoinType() != SqmJoinType.INNER
                && join.getJoinPredicate() != null) {
            refuse(
                    "the selection of " + entity.toHqlString() + ", joined under a condition",
                    "its id would be read from the row that points to it, whether it is joined or not",
                    "join it as an entity: left join Entity e on e = ... and ...");
        }
        return entity.get(EntityIdentifierMapping.ID_ROLE_NAME);
    }

    private static boolean preservesJoined(SqmJoin<?, ?> join) {
        return join.getSqmJoinType() == SqmJoinType.RIGHT || join.getSqmJoinType() == SqmJoinType.FULL;
    }

    /** The element that the alias of a joined collection stands for, or its key. */
    private static boolean isPartOfCollection(SqmPath<?> entity) {
        return entity.getLhs() instanceof SqmFrom<?, ?>
                && CollectionPart.Nature.fromNameExact(
                                entity.getReferencedPathSource().getPathName())
                        != null;
    }

    private boolean hasJoinTable(SqmAttributeJoin<?, ?> join) {
        if (!join.getAttribute().isCollection()) {
            return false;
        }
        var collection = factory.getMappingMetamodel()
                .findCollectionDescriptor(join.getAttribute().getDeclaringType().getTypeName() + "."
                        + join.getAttribute().getName());
        return collection == null || !collection.isOneToMany();
    }

    /** PostgreSQL wants them selected; those of the entity itself are the same wherever it is. */
    private void selectSorts(SqmQuerySpec<?> spec, List<SqmPath<?>> distinct) {
        for (SqmSortSpecification sort : spec.getSortSpecifications()) {
            if (sort.getSortExpression() instanceof SqmPath<?> path && isBelow(path, distinct)) {
                if (!distinct.contains(path)) {
                    spec.getSelectClause().addSelection(new SqmSelection<>(path, spec.nodeBuilder()));
                }
            } else if (sort.getSortExpression() instanceof SqmPath<?>
                    || !spec.getSelectClause().getSelections().stream()
                            .anyMatch(selection -> selection.getSelectableNode() == sort.getSortExpression())) {
                refuse(
                        "select distinct with order by "
                                + sort.getSortExpression().toHqlString(),
                        "the same row may come with several values of it",
                        "order by attributes of the entity or by what is selected, or leave distinct out");
            }
        }
    }

    private static boolean isBelow(SqmPath<?> path, List<SqmPath<?>> entities) {
        for (SqmPath<?> at = path; at != null; at = at.getLhs()) {
            if (entities.contains(at)) {
                return true;
            }
            if (at instanceof SqmFrom<?, ?>) {
                return false;
            }
        }
        return false;
    }

    /** A set operation sorts by a column of its rows, which those of ids alone do not have. */
    private void sortGroups(SqmQueryPart<?> part, List<SqmQuerySpec<?>> specs) {
        if (!(part instanceof SqmQueryGroup<?> group)) {
            return;
        }
        group.getQueryParts().forEach(one -> sortGroups(one, specs));
        if (group.getOrderByClause() == null) {
            return;
        }
        List<SqmSortSpecification> sorts = new ArrayList<>();
        for (SqmSortSpecification sort : group.getSortSpecifications()) {
            boolean ofEntity =
                    sort.getSortExpression() instanceof SqmAliasedNodeRef alias && alias.getNavigablePath() != null;
            sorts.add(
                    ofEntity ? replaced(sort, selectedToo((SqmAliasedNodeRef) sort.getSortExpression(), specs)) : sort);
        }
        group.getOrderByClause().setSortSpecifications(sorts);
    }

    /** The position at which every query of the set operation selects what is sorted by. */
    private int selectedToo(SqmAliasedNodeRef sorted, List<SqmQuerySpec<?>> specs) {
        String attribute = Objects.requireNonNull(sorted.getNavigablePath()).getLocalName();
        for (SqmQuerySpec<?> spec : specs) {
            SqmPath<?> id = (SqmPath<?>) spec.getSelectClause()
                    .getSelections()
                    .get(sorted.getPosition() - 1)
                    .getSelectableNode();
            SqmPath<?> value = Objects.requireNonNull(id.getLhs()).get(attribute);
            if (!(value instanceof SqmBasicValuedSimplePath<?>)) {
                refuse(
                        "a set operation over entities, sorted by " + attribute,
                        "it has several columns, or is an entity itself",
                        "sort by an attribute that is a value");
            }
            spec.getSelectClause().addSelection(new SqmSelection<>(value, spec.nodeBuilder()));
        }
        return specs.get(0).getSelectClause().getSelections().size();
    }

    /** The condition on the type that Hibernate makes of it depends on whether the whole entity is selected. */
    private void checkTreats() {
        tree.accept(new TreeWalker() {
            @Override
            public Object visitTreatedPath(SqmTreatedPath<?, ?> path) {
                refuse(
                        "a comparison with " + path.toHqlString(),
                        "Hibernate loses the condition on its type where ids are selected in place of entities",
                        "put the type into the where clause: type(e) = ...");
                return path;
            }
        });
    }

    // ---- fetches

    private List<Fetch> fetches(SqmFrom<?, ?> from) {
        List<Fetch> all = new ArrayList<>();
        String subtype = from instanceof SqmTreatedPath<?, ?> treated
                ? treated.getTreatTarget().getTypeName()
                : null;
        for (SqmJoin<?, ?> join : from.getSqmJoins()) {
            if (join instanceof SqmAttributeJoin<?, ?> attribute && isEmbedded(join)) {
                List<Fetch> further = fetches(join);
                if (!further.isEmpty()) {
                    all.add(new Fetch(subtype, attribute.getAttribute().getName(), further));
                }
            } else if (join instanceof SqmAttributeJoin<?, ?> attribute && attribute.isFetched()) {
                fetches++;
                if (attribute.getAttribute().isCollection()
                        && (join.getExplicitAlias() != null
                                || !join.getReusablePaths().isEmpty())) { // those of criteria need no alias
                    refuse(
                            "a collection fetch with an alias",
                            "the query might restrict or order what is fetched",
                            "leave the alias out");
                }
                all.add(new Fetch(subtype, attribute.getAttribute().getName(), fetches(join)));
            }
        }
        from.getSqmTreats().forEach(treated -> all.addAll(fetches(treated)));
        return all;
    }

    private static boolean isEmbedded(SqmFrom<?, ?> from) {
        return from.getReferencedPathSource().getPathType() instanceof EmbeddableDomainType<?>;
    }

    private static void fetchNothing(SqmFrom<?, ?> from) {
        for (SqmJoin<?, ?> join : from.getSqmJoins()) {
            if (join instanceof SqmAttributeJoin<?, ?> attribute && attribute.isFetched()) {
                attribute.clearFetched();
                keepRows(join);
            }
            fetchNothing(join);
        }
        from.getSqmTreats().forEach(EntityRows::fetchNothing);
    }

    /**
     * Hibernate leaves out an inner join of which nothing is read, and with it the condition of an entity that is
     * restricted, unless the join has one of its own.
     */
    private static void keepRows(SqmJoin<?, ?> join) {
        if (join instanceof SqmSingularJoin<?, ?>
                && join.getSqmJoinType() == SqmJoinType.INNER
                && join.getJoinPredicate() == null) {
            var builder = join.nodeBuilder();
            join.setJoinPredicate(builder.equal(builder.literal(1), builder.literal(1)));
        }
    }

    // ---- what is selected

    private static @Nullable Object type(SqmSelectableNode<?> node) {
        return node instanceof SqmTreatedPath<?, ?> treated
                ? treated.getTreatTarget()
                : node instanceof SqmPath<?> path
                        ? path.getReferencedPathSource().getPathType()
                        : node.getNodeType() == null ? null : node.getNodeType().getSqmType();
    }

    private @Nullable EntityPersister entity(SqmSelectableNode<?> node) {
        return node instanceof SqmPath<?> && type(node) instanceof EntityDomainType<?> entity
                ? factory.getMappingMetamodel().getEntityDescriptor(entity.getHibernateEntityName())
                : null;
    }

    /** A value must be made of its row alone: what Hibernate would load for it would come from the copies. */
    private void checkValue(SqmSelectableNode<?> node) {
        if (node instanceof SqmDynamicInstantiation<?> instantiation) {
            instantiation.getArguments().forEach(argument -> {
                if (entity(argument.getSelectableNode()) != null) {
                    refuse(
                            "an entity as an argument of select new",
                            "it could only be loaded from the copies",
                            "select its attributes");
                }
                checkValue(argument.getSelectableNode());
            });
            return;
        }
        Object type = type(node);
        boolean simple = type instanceof EmbeddableDomainType<?> embeddable
                ? isSimple(embeddable)
                : node instanceof SqmPath<?>
                        ? type instanceof BasicDomainType<?> || isOfFunction(node)
                        : !(type instanceof ManagedDomainType<?>) && !(node instanceof SqmTuple<?>);
        if (!simple) {
            refuse(
                    "the selection of " + node.toHqlString(),
                    "more than its own values may be loaded for it",
                    "select its attributes");
        }
    }

    private static boolean isOfFunction(SqmSelectableNode<?> node) {
        return node instanceof SqmFunctionJoin<?> || node instanceof SqmFunctionRoot<?>;
    }

    private static boolean isSimple(ManagedDomainType<?> type) {
        return type.getAttributes().stream().allMatch(EntityRows::isSimple);
    }

    private static boolean isSimple(Attribute<?, ?> attribute) {
        return switch (attribute.getPersistentAttributeType()) {
            case BASIC -> true;
            case EMBEDDED ->
                attribute instanceof jakarta.persistence.metamodel.SingularAttribute<?, ?> embedded
                        && embedded.getType() instanceof ManagedDomainType<?> type
                        && isSimple(type);
            default -> false;
        };
    }
}
