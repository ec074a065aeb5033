package io.hibernateshards.oracle;

import io.hibernateshards.oracle.RichModel.Colour;
import io.hibernateshards.oracle.RichModel.Grade;
import jakarta.persistence.metamodel.Attribute;
import jakarta.persistence.metamodel.EmbeddableType;
import jakarta.persistence.metamodel.EntityType;
import jakarta.persistence.metamodel.IdentifiableType;
import jakarta.persistence.metamodel.ManagedType;
import jakarta.persistence.metamodel.MapAttribute;
import jakarta.persistence.metamodel.PluralAttribute;
import jakarta.persistence.metamodel.SingularAttribute;
import jakarta.persistence.metamodel.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.hibernate.SessionFactory;

/** What can be named in a query, by Hibernate's own metamodel. */
final class Schema {
    /** Types that are computed with. All others are only compared with themselves. */
    static final String FLAG = "flag";

    static final String WHOLE = "whole";
    static final String DECIMAL = "decimal";
    static final String REAL = "real";
    static final String TEXT = "text";
    static final String DAY = "day";
    static final String MOMENT = "moment";
    static final String INSTANT = "instant";
    static final String UUIDS = "uuid";

    private static final Map<Class<?>, String> TYPES = Map.ofEntries(
            Map.entry(Boolean.class, FLAG),
            Map.entry(Byte.class, WHOLE),
            Map.entry(Short.class, WHOLE),
            Map.entry(Integer.class, WHOLE),
            Map.entry(int.class, WHOLE),
            Map.entry(Long.class, WHOLE),
            Map.entry(BigDecimal.class, DECIMAL),
            Map.entry(Double.class, REAL),
            Map.entry(Float.class, REAL),
            Map.entry(String.class, TEXT),
            Map.entry(LocalDate.class, DAY),
            Map.entry(LocalDateTime.class, MOMENT),
            Map.entry(Instant.class, INSTANT),
            Map.entry(UUID.class, UUIDS));

    /** Nothing is computed with these, nor are equal values of the last one the same. */
    private static final Set<String> WILD = Set.of("big", "wild");

    private static final Set<String> LOOSE = Set.of("loose");

    /** An attribute with a value of its own. The type of one that cannot be computed with is its name. */
    record Column(String path, String type, Class<?> java, boolean loose, List<?> values) {
        Column under(String prefix) {
            return new Column(prefix + path, type, java, loose, values);
        }

        /** Named from an alias. */
        Column of(String alias) {
            String named = path.contains("%")
                    ? path.replace("%", alias)
                    : path.isEmpty() || path.startsWith(".") ? alias + path : alias + "." + path;
            return new Column(named, type, java, loose, values);
        }
    }

    record ToOne(String path, String entity) {}

    /** The element is an entity, or has columns, of which an empty path is the element itself. */
    record ToMany(String path, String entity, List<Column> element, String key) {}

    record Table(
            String name,
            List<String> ids,
            List<Column> columns,
            List<ToOne> ones,
            List<ToMany> manies,
            List<String> subtypes) {}

    private final Map<String, Table> tables = new LinkedHashMap<>();

    Schema(SessionFactory factory) {
        factory.getMetamodel().getEntities().stream()
                .sorted(Comparator.comparing(EntityType::getName))
                .forEach(entity -> tables.put(entity.getName(), table(entity, factory)));
    }

    Table table(String name) {
        return tables.get(name);
    }

    private static Table table(EntityType<?> entity, SessionFactory factory) {
        Table table = new Table(
                entity.getName(),
                ids(entity),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>());
        attributes("", entity, table);
        for (EntityType<?> other : factory.getMetamodel().getEntities()) {
            if (other.getSupertype() == entity) {
                table.subtypes.add(other.getName());
                for (Attribute<?, ?> attribute : other.getAttributes()) {
                    if (attribute.getDeclaringType() == other) {
                        table.columns.add(column("", attribute)
                                .under("treat(% as " + other.getName() + ").")); // the alias is put in for %
                    }
                }
            }
        }
        table.subtypes.sort(null);
        table.columns.sort(Comparator.comparing(Column::path));
        table.ones.sort(Comparator.comparing(ToOne::path));
        table.manies.sort(Comparator.comparing(ToMany::path));
        return table;
    }

    private static List<String> ids(IdentifiableType<?> entity) {
        if (!entity.hasSingleIdAttribute()) {
            return entity.getIdClassAttributes().stream()
                    .map(Attribute::getName)
                    .sorted()
                    .toList();
        }
        if (entity.getIdType() instanceof EmbeddableType<?> id) {
            return id.getAttributes().stream()
                    .map(part -> "id." + part.getName())
                    .sorted()
                    .toList();
        }
        return List.of("id");
    }

    private static void attributes(String prefix, ManagedType<?> type, Table table) {
        for (Attribute<?, ?> attribute : type.getAttributes()) {
            if (attribute.getPersistentAttributeType() == Attribute.PersistentAttributeType.EMBEDDED) {
                EmbeddableType<?> embeddable = (EmbeddableType<?>) ((SingularAttribute<?, ?>) attribute).getType();
                attributes(prefix + attribute.getName() + ".", embeddable, table);
            } else if (attribute instanceof PluralAttribute<?, ?, ?> plural && attribute.isCollection()) {
                if (attribute.getPersistentAttributeType() != Attribute.PersistentAttributeType.BASIC) {
                    table.manies.add(many(plural));
                }
            } else if (attribute.isAssociation()) {
                table.ones.add(new ToOne(
                        prefix + attribute.getName(),
                        ((EntityType<?>) ((SingularAttribute<?, ?>) attribute).getType()).getName()));
            } else {
                table.columns.add(column(prefix, attribute));
            }
        }
    }

    private static ToMany many(PluralAttribute<?, ?, ?> plural) {
        Type<?> element = plural.getElementType();
        String path = plural.getName();
        if (element instanceof EntityType<?> entity) {
            return new ToMany(path, entity.getName(), List.of(), "");
        }
        List<Column> columns = new ArrayList<>();
        if (element instanceof EmbeddableType<?> embeddable) {
            embeddable.getAttributes().forEach(part -> columns.add(column(".", part)));
            columns.sort(Comparator.comparing(Column::path));
        } else {
            columns.add(column("", path, element.getJavaType()));
        }
        String key = plural instanceof MapAttribute ? "key" : element instanceof EmbeddableType ? "index" : "";
        return new ToMany(path, null, columns, key);
    }

    private static Column column(String prefix, Attribute<?, ?> attribute) {
        Class<?> java = attribute.getJavaType();
        return column(prefix + attribute.getName(), attribute.getName(), java);
    }

    private static Column column(String path, String name, Class<?> java) {
        String type = WILD.contains(name) || LOOSE.contains(name) || !TYPES.containsKey(java) ? name : TYPES.get(java);
        return new Column(path, type, java, LOOSE.contains(name), values(name, java));
    }

    private static List<?> values(String name, Class<?> java) {
        if (java == Boolean.class) {
            return Values.FLAGS;
        } else if (java == Colour.class) {
            return Values.COLOURS;
        } else if (java == Grade.class) {
            return List.of(Grade.values());
        } else if (java == Integer.class || java == int.class) {
            return Values.NUMBERS;
        } else if (java == Double.class) {
            return name.equals("wild") ? Values.WILDS : Values.RATIOS;
        } else if (java == BigDecimal.class) {
            return name.equals("fine") ? Values.FINES : name.equals("loose") ? Values.LOOSE : Values.PRICES;
        } else if (java == Long.class) {
            return name.equals("big") ? Values.BIGS : List.of(1L, 2L, 6L, 11L, 20L, 61L);
        }
        return switch (java.getSimpleName()) {
            case "Byte" -> List.of((byte) 0, (byte) 7);
            case "Short" -> List.of((short) 0, (short) 300);
            case "Float" -> List.of(0.25f, 7f);
            case "BigInteger" -> Values.HUGE;
            case "String" -> name.equals("code") ? Values.CODES : name.equals("tenant") ? TENANTS : Values.TEXTS;
            case "Character" -> Values.LETTERS;
            case "byte[]" -> Values.BYTES;
            case "UUID" -> Values.UUIDS;
            case "LocalDate" -> Values.DAYS;
            case "LocalTime" -> Values.TIMES;
            case "LocalDateTime" -> Values.MOMENTS;
            case "OffsetDateTime" -> Values.OFFSETS;
            case "Instant" -> Values.INSTANTS;
            case "ZonedDateTime" -> Values.ZONED;
            case "Year" -> Values.YEARS;
            case "Duration" -> Values.DURATIONS;
            case "Currency" -> Values.CURRENCIES;
            case "InetAddress" -> Values.ADDRESSES;
            case "Integer[]" -> Values.ARRAYS;
            case "List" -> Values.LISTS;
            case "Map" -> Values.FACTS;
            case "Fact" -> Values.FACT;
            default -> throw new IllegalStateException("no values of " + java + " for " + name);
        };
    }

    private static final List<String> TENANTS = List.of("tenant1", "tenant2", "none");
}
