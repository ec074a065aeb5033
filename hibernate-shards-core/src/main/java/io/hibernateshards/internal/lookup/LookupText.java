package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Router;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/** Values and ids as text. Only of types are there values whose text is the same if and only if the database takes them for equal. */
final class LookupText {
    /** So that a row of PostgreSQL's index, which holds a third of a page at most, has room for value, owner and attribute. */
    private static final int MOST_BYTES = 1200;

    private LookupText() {}

    /**
     * The text of an attribute's value.
     *
     * @return null if the value is, or is too long to have a row
     * @throws ShardingException if it is not of the attribute's type
     */
    static @Nullable String find(LookupAttribute attribute, @Nullable Object value, Router router) {
        if (value == null) {
            return null;
        }
        String text = router.relational(placement(attribute, router), attribute.value(), value)
                .toString();
        return fits(text) ? text : null;
    }

    /**
     * The text of a value that is to be stored; null for null.
     *
     * @throws ShardingException if it is too long
     */
    static @Nullable String store(LookupAttribute attribute, @Nullable Object value, Router router) {
        String text = find(attribute, value, router);
        if (text == null && value != null) {
            throw new ShardingException(
                    ShardErrorCode.LOOKUP,
                    attribute + ": a value of " + value.toString().length() + " characters is too long for "
                            + attribute.annotation() + ", which keeps " + MOST_BYTES
                            + " bytes; store a shorter one, such as a hash of it");
        }
        return text;
    }

    /** The value, as the attribute holds it, that a text stands for. */
    static Object parse(LookupAttribute attribute, String text, SessionFactoryImplementor factory) {
        Class<?> type = attribute.value().javaType();
        Object stored;
        if (type == Short.class) {
            stored = Short.valueOf(text);
        } else if (type == Integer.class) {
            stored = Integer.valueOf(text);
        } else if (type == Long.class) {
            stored = Long.valueOf(text);
        } else if (type == UUID.class) {
            stored = UUID.fromString(text);
        } else {
            stored = type == LocalDate.class ? LocalDate.parse(text) : text;
        }
        JdbcMapping mapping = attribute.value().jdbcMapping();
        return mapping.getValueConverter() == null
                ? wrapped(mapping.getJavaTypeDescriptor(), stored, factory)
                : Objects.requireNonNull(
                        mapping.convertToDomainValue(wrapped(mapping.getJdbcJavaType(), stored, factory)));
    }

    private static <T> Object wrapped(JavaType<T> type, Object stored, SessionFactoryImplementor factory) {
        return type.isInstance(stored)
                ? stored
                : Objects.requireNonNull(type.wrap(stored, factory.getWrapperOptions()));
    }

    /** The text of an id: each of its columns. */
    static String owner(EntityPersister persister, Object id, SharedSessionContractImplementor session) {
        List<String> parts = new ArrayList<>(1);
        persister
                .getIdentifierMapping()
                .forEachJdbcValue(id, (index, value, column) -> parts.add(String.valueOf(value)), session);
        String text = parts.size() == 1
                ? parts.get(0)
                : String.join(
                        "|",
                        parts.stream()
                                .map(part -> part.replace("\\", "\\\\").replace("|", "\\|"))
                                .toList());
        if (!fits(text)) {
            throw new ShardingException(
                    ShardErrorCode.LOOKUP,
                    persister.getEntityName() + ": an id of " + text.length()
                            + " characters is too long for the rows of" + " @GlobalUnique and @ShardLookup, which keep "
                            + MOST_BYTES + " bytes; use a shorter one");
        }
        return text;
    }

    private static boolean fits(String text) {
        return text.length() <= MOST_BYTES / 3 || text.getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES;
    }

    private static Sharded placement(LookupAttribute attribute, Router router) {
        return (Sharded) router.mapping().of(attribute.entity());
    }
}
