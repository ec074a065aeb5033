package io.hibernateshards.internal.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Time;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.type.CustomType;
import org.hibernate.type.SqlTypes;
import org.hibernate.type.descriptor.WrapperOptions;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/**
 * How values of a sort key compare: as the server compares what the column holds, whatever the attribute makes of it.
 * Text is left as it is, for only a collation can order it.
 *
 * @param mapping of the key
 * @param text whether the column holds text
 * @param raw to select in place of the attribute's value, which may be the same for several values of the column, or say
 *     something for null; null if the value tells what the column holds
 */
public record KeyOrder(JdbcMapping mapping, boolean text, @Nullable Class<?> raw) {
    private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");
    private static final Set<String> NUMBERS = Set.of("smallint", "integer", "bigint", "numeric");
    private static final String LOCAL_TIMESTAMP = "timestamp without time zone";
    private static final String TIMESTAMP = "timestamp with time zone";

    /** Their natural order is the server's. */
    private static final Set<Class<?>> NATURAL = Set.of(
            Short.class,
            Byte.class,
            Integer.class,
            Long.class,
            BigInteger.class,
            BigDecimal.class,
            Boolean.class,
            Instant.class,
            LocalDate.class,
            LocalDateTime.class,
            LocalTime.class,
            Duration.class);

    /** Large objects are compared by the number that stands for them. */
    private static final Set<Integer> UNORDERED =
            Set.of(SqlTypes.NAMED_ENUM, SqlTypes.NAMED_ORDINAL_ENUM, SqlTypes.CLOB, SqlTypes.NCLOB, SqlTypes.BLOB);

    /** The order of a type; empty if it is not known to be the server's. */
    static Optional<KeyOrder> of(JdbcMapping mapping) {
        int code = mapping.getJdbcType().getDefaultSqlTypeCode();
        if (UNORDERED.contains(code) || SqlTypes.isJsonType(code)) {
            return Optional.empty();
        }
        Class<?> type = relationalType(mapping);
        boolean converted = mapping.getValueConverter() != null;
        if (SqlTypes.isCharacterOrClobType(code)) {
            boolean told = !converted && (type == String.class || type == Character.class || type.isEnum());
            return Optional.of(new KeyOrder(mapping, true, told ? null : String.class));
        }
        if (converted && type.isEnum()) {
            return Optional.empty();
        }
        if (mapping instanceof CustomType<?>) {
            return Optional.empty(); // it may store another order than it shows
        }
        if (type == LocalTime.class || type == Time.class) {
            return Optional.of(new KeyOrder(mapping, false, Long.class)); // they are read without microseconds
        }
        if (type == LocalDate.class || type == LocalDateTime.class || Date.class.isAssignableFrom(type)) {
            return Optional.of(new KeyOrder(mapping, false, OffsetDateTime.class)); // they are read without their era
        }
        boolean known = NATURAL.contains(type)
                || type.isEnum() && mapping.getJdbcType().isInteger()
                || type == Double.class
                || type == Float.class
                || type == UUID.class
                || type == byte[].class
                || type == OffsetDateTime.class
                || type == ZonedDateTime.class
                || Calendar.class.isAssignableFrom(type);
        return known ? Optional.of(new KeyOrder(mapping, false, converted ? type : null)) : Optional.empty();
    }

    /** SQL of what the column holds. */
    String rawSql() {
        return raw == Long.class && isTime()
                ? "(extract(epoch from (?)) * 1000000)::bigint"
                : raw == OffsetDateTime.class && isLocal() ? "((?)::timestamp at time zone 'UTC')" : "(?)";
    }

    private boolean isTime() {
        Class<?> type = relationalType(mapping);
        return type == LocalTime.class || type == Time.class;
    }

    private boolean isLocal() {
        Class<?> type = relationalType(mapping);
        return type == LocalDate.class || type == LocalDateTime.class || Date.class.isAssignableFrom(type);
    }

    /** The server's types whose values are told apart and ordered by what is compared; of text, collations say more. */
    Set<String> exact() {
        return text ? Set.of() : exact(relationalType(mapping));
    }

    /** The server's types of which a Java type tells all. */
    static Set<String> exact(Class<?> type) {
        if (type == Byte.class || type == Short.class || type == Integer.class || type == Long.class || type.isEnum()) {
            return INTEGERS;
        }
        if (type == BigDecimal.class || type == BigInteger.class) {
            return NUMBERS;
        }
        if (type == Double.class) {
            return Set.of("real", "double precision");
        }
        if (type == Float.class) {
            return Set.of("real");
        }
        if (type == Boolean.class) {
            return Set.of("boolean");
        }
        if (type == UUID.class) {
            return Set.of("uuid");
        }
        if (type == byte[].class) {
            return Set.of("bytea");
        }
        if (type == LocalTime.class || type == Time.class) {
            return Set.of("time without time zone");
        }
        if (type == Duration.class) {
            return Set.of("bigint", "numeric", "interval");
        }
        if (type == LocalDate.class || type == LocalDateTime.class || Date.class.isAssignableFrom(type)) {
            return Set.of("date", LOCAL_TIMESTAMP);
        }
        return Set.of(LOCAL_TIMESTAMP, TIMESTAMP);
    }

    private static Class<?> relationalType(JdbcMapping mapping) {
        var converter = mapping.getValueConverter();
        JavaType<?> type = converter == null ? mapping.getJavaTypeDescriptor() : converter.getRelationalJavaType();
        Class<?> raw = type.getJavaTypeClass();
        return raw.isPrimitive()
                ? java.lang.invoke.MethodType.methodType(raw).wrap().returnType()
                : raw;
    }

    /** Whether values are numbers as the column holds them. */
    boolean isNumber() {
        return raw == null && !text && Number.class.isAssignableFrom(relationalType(mapping));
    }

    /** What to compare for a value that a query yielded, which is not null. */
    public Function<Object, Comparable<?>> comparing(WrapperOptions options) {
        Class<?> type = relationalType(mapping);
        boolean asItIs = mapping.getValueConverter() == null && (type == String.class || NATURAL.contains(type));
        return asItIs ? Comparable.class::cast : value -> Objects.requireNonNull(comparable(value, options));
    }

    /** What to compare for a value that a query yielded; null for null. */
    public @Nullable Comparable<?> comparable(@Nullable Object value, WrapperOptions options) {
        Object held = value == null || raw != null ? value : mapping.convertToRelationalValue(value);
        if (held == null) {
            return null;
        }
        if (text) {
            return held instanceof String string ? string : unwrap(held, String.class, options);
        }
        if (held instanceof Enum<?>) {
            return unwrap(held, Integer.class, options);
        }
        if (held instanceof Double number) {
            return number + 0.0; // -0.0 equals 0.0 there
        }
        if (held instanceof Float number) {
            return number + 0.0f;
        }
        if (held instanceof UUID uuid) {
            return new Unsigned(uuid);
        }
        if (held instanceof byte[] bytes) {
            return new Bytes(bytes);
        }
        if (held instanceof OffsetDateTime time) {
            return time.toInstant();
        }
        if (held instanceof ZonedDateTime time) {
            return time.toInstant();
        }
        return (Comparable<?>) held; // java.util.Date and Calendar too: all of one column are of one class
    }

    /** What is equal, in Java's sense, for values that the server holds for equal. Not for text. */
    public Object same(Object value, WrapperOptions options) {
        Object comparable = Objects.requireNonNull(comparable(value, options));
        if (comparable instanceof BigDecimal decimal) {
            return decimal.stripTrailingZeros();
        }
        return comparable instanceof Calendar calendar ? (Object) calendar.getTimeInMillis() : comparable;
    }

    @SuppressWarnings("unchecked")
    private <X> X unwrap(Object value, Class<X> as, WrapperOptions options) {
        JavaType<Object> type = (JavaType<Object>) mapping.getJdbcJavaType();
        if (!type.isInstance(value)) {
            type = (JavaType<Object>) mapping.getJavaTypeDescriptor();
        }
        return Objects.requireNonNull(type.unwrap(value, as, options));
    }

    /** Sixteen bytes without a sign. */
    private record Unsigned(UUID value) implements Comparable<Unsigned> {
        @Override
        public int compareTo(Unsigned other) {
            int high = Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
            return high != 0
                    ? high
                    : Long.compareUnsigned(value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // compared by content below, and never changed
    private record Bytes(byte[] value) implements Comparable<Bytes> {
        @Override
        public int compareTo(Bytes other) {
            return Arrays.compareUnsigned(value, other.value);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bytes bytes && Arrays.equals(value, bytes.value);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(value);
        }
    }
}
