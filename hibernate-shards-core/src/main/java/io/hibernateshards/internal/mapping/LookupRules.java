package io.hibernateshards.internal.mapping;

import io.hibernateshards.GlobalUnique;
import io.hibernateshards.ShardLookup;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import java.lang.annotation.Annotation;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.annotations.SoftDelete;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.engine.OptimisticLockStyle;
import org.hibernate.mapping.BasicValue;
import org.hibernate.mapping.Collection;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.Component;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Property;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@link GlobalUnique} and {@link ShardLookup}. The value's text has to stand for the value: what the database takes
 * for equal must be equal as text, and what it stores must be what it was sent.
 */
final class LookupRules {
    private static final String ON_ATTRIBUTE = "Put it on a basic attribute of the entity itself";

    private static final Set<Class<?>> TYPES =
            Set.of(String.class, Short.class, Integer.class, Long.class, UUID.class, LocalDate.class);

    private static final Set<Integer> TEXT = Set.of(
            SqlTypes.VARCHAR,
            SqlTypes.NVARCHAR,
            SqlTypes.LONGVARCHAR,
            SqlTypes.LONG32VARCHAR,
            SqlTypes.ENUM,
            SqlTypes.NAMED_ENUM);

    /** Collations in which different texts are never equal. */
    private static final Set<String> EXACT = Set.of("c", "posix", "ucs_basic", "default", "c.utf8", "pg_c_utf8");

    private final Map<String, EntityPlacement> placements;
    private final Problems problems;

    private LookupRules(Map<String, EntityPlacement> placements, Problems problems) {
        this.placements = placements;
        this.problems = problems;
    }

    /** The attributes of each entity that has some, inherited ones included. */
    static Map<String, List<LookupAttribute>> read(
            MetadataImplementor metadata, Map<String, EntityPlacement> placements, Problems problems) {
        LookupRules rules = new LookupRules(placements, problems);
        Map<String, List<LookupAttribute>> declared = new HashMap<>();
        for (PersistentClass entity : metadata.getEntityBindings()) {
            if (entity.getMappedClass() != null) {
                declared.put(entity.getEntityName(), rules.declared(entity));
            }
        }
        Map<String, List<LookupAttribute>> all = new HashMap<>();
        for (PersistentClass entity : metadata.getEntityBindings()) {
            List<LookupAttribute> own = new ArrayList<>();
            for (PersistentClass at = entity; at != null; at = at.getSuperclass()) {
                own.addAll(declared.getOrDefault(at.getEntityName(), List.of()));
            }
            if (!own.isEmpty()) {
                all.put(entity.getEntityName(), List.copyOf(own));
            }
        }
        return all;
    }

    /** Those that the entity does not inherit from another entity. */
    private List<LookupAttribute> declared(PersistentClass entity) {
        List<LookupAttribute> found = new ArrayList<>();
        Set<String> inherited = entity.getSuperclass() == null
                ? Set.of()
                : Attribute.of(entity.getSuperclass()).stream()
                        .map(Attribute::path)
                        .collect(Collectors.toUnmodifiableSet());
        for (Attribute attribute : Attribute.of(entity)) {
            if (inherited.contains(attribute.path())) {
                continue;
            }
            checkElements(entity, attribute);
            boolean unique = attribute.annotation(GlobalUnique.class) != null;
            boolean lookup = attribute.annotation(ShardLookup.class) != null;
            if (!unique && !lookup) {
                continue;
            }
            String annotation = unique ? "@GlobalUnique" : "@ShardLookup";
            String[] problem = unique && lookup
                    ? new String[] {
                        "it has both @GlobalUnique and @ShardLookup", "Keep @GlobalUnique, which is a lookup as well"
                    }
                    : problem(entity, attribute);
            if (problem != null) {
                problems.error(
                        entity.getEntityName(),
                        attribute.path(),
                        annotation + " cannot be kept: " + problem[0],
                        problem[1]);
            } else {
                Property property = entity.getProperty(attribute.path());
                found.add(new LookupAttribute(
                        entity.getEntityName(),
                        unique,
                        KeyAttribute.of(attribute),
                        property.isUpdatable(),
                        isChecked(entity, property)));
            }
        }
        return found;
    }

    /** Whether the version tells that the value has been changed since it was read. */
    private static boolean isChecked(PersistentClass entity, Property property) {
        return entity.isVersioned()
                && entity.getOptimisticLockStyle() == OptimisticLockStyle.VERSION
                && property.isOptimisticLocked();
    }

    /** What is wrong and what to do, or null. */
    private String @Nullable [] problem(PersistentClass entity, Attribute attribute) {
        if (!(placements.get(entity.getEntityName()) instanceof Sharded sharded)) {
            return new String[] {
                "the entity is not placed by a shard key",
                "Leave it out: one server holds all values, and a unique" + " constraint there does it"
            };
        }
        if (sharded.key() instanceof OwnKey own
                && own.attributes().stream().anyMatch(key -> key.path().equals(attribute.path()))) {
            return new String[] {"it is the shard key, which tells the shard itself", "Leave it out"};
        }
        if (attribute.inId()) {
            return new String[] {"it is the id", "Leave it out"};
        }
        if (attribute.path().contains(".")) {
            return new String[] {"it is in an embeddable", ON_ATTRIBUTE};
        }
        if (!(attribute.value() instanceof BasicValue basic) || !(basic.getColumn() instanceof Column column)) {
            return new String[] {"it is not a basic attribute that is stored in one column", ON_ATTRIBUTE};
        }
        String hidden = hidden(entity);
        if (hidden != null) {
            return new String[] {
                "the entity has " + hidden + ", so queries do not see all rows that have a value", "Leave either out"
            };
        }
        Property property = entity.getProperty(attribute.path());
        if (!property.isInsertable()
                || property.getValueGeneratorCreator() != null
                || column.getCustomWrite() != null) {
            return new String[] {
                "the database makes the value, which Hibernate then does not know as it is stored",
                "Let the application set it"
            };
        }
        if (property.isUpdatable() && !isChecked(entity, property) && !entity.useDynamicUpdate()) {
            return new String[] {
                "an update writes all attributes as they were read, and nothing tells that another transaction has"
                        + " changed this one meanwhile",
                "Give the entity a @Version, or @DynamicUpdate"
            };
        }
        String type = type(attribute, basic, column);
        return type == null ? null : new String[] {type, "Use another type or column"};
    }

    private static @Nullable String hidden(PersistentClass entity) {
        Class<?> type = entity.getMappedClass();
        if (entity.getRootClass().getWhere() != null || entity.getWhere() != null) {
            return "an @SQLRestriction";
        }
        return Annotated.onType(type, SoftDelete.class) != null
                        || entity.getRootClass().getSoftDeleteColumn() != null
                ? "@SoftDelete"
                : null;
    }

    private static @Nullable String type(Attribute attribute, BasicValue basic, Column column) {
        Class<?> type = KeyAttribute.of(attribute).javaType();
        if (!TYPES.contains(type)) {
            return "values of " + type.getName()
                    + " have no text that stands for what the database holds; String, Short,"
                    + " Integer, Long, UUID, LocalDate and enums have";
        }
        int ddl = basic.resolve().getJdbcMapping().getJdbcType().getDdlTypeCode();
        String sql = column.getSqlType() == null ? "" : column.getSqlType().toLowerCase(Locale.ROOT);
        if (type == String.class) {
            boolean named = sql.isEmpty()
                    || sql.startsWith("varchar")
                    || sql.startsWith("text")
                    || sql.startsWith("character varying");
            if (!TEXT.contains(ddl) || !named) {
                return "the column " + column.getName() + " may take values for equal whose characters differ";
            }
            String collation = column.getCollation();
            if (sql.contains("collate") || collation != null && !EXACT.contains(unquoted(collation))) {
                return "the collation of the column " + column.getName() + " may take values for equal whose characters"
                        + " differ";
            }
        }
        boolean converted =
                type == UUID.class && ddl != SqlTypes.UUID || type == LocalDate.class && ddl != SqlTypes.DATE;
        return converted ? "the column " + column.getName() + " is not of the attribute's own type" : null;
    }

    private static String unquoted(String collation) {
        return collation.replace("\"", "").toLowerCase(Locale.ROOT);
    }

    private void checkElements(PersistentClass entity, Attribute attribute) {
        if (!(attribute.value() instanceof Collection collection)
                || !(collection.getElement() instanceof Component element)
                || element.getComponentClassName() == null) {
            return;
        }
        for (Property part : element.getProperties()) {
            for (Class<? extends Annotation> annotation : List.of(GlobalUnique.class, ShardLookup.class)) {
                if (Annotated.onAttribute(element.getComponentClass(), part.getName(), annotation) != null) {
                    problems.error(
                            entity.getEntityName(),
                            attribute.path() + "." + part.getName(),
                            "@" + annotation.getSimpleName() + " cannot be kept: it is in a collection",
                            ON_ATTRIBUTE);
                }
            }
        }
    }
}
