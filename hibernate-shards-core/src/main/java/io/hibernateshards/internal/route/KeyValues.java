package io.hibernateshards.internal.route;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.KeyAttribute;
import java.util.List;
import org.hibernate.HibernateException;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.type.descriptor.WrapperOptions;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/** From key values as attributes hold them to the values that the database holds, which bucket functions see. */
final class KeyValues {
    private KeyValues() {}

    /**
     * One value.
     *
     * @throws ShardingException if the value is null or cannot be one of the attribute's
     */
    static Object relational(KeyAttribute attribute, @Nullable Object value, String entity, WrapperOptions options) {
        if (value == null) {
            throw missing(entity, attribute.path());
        }
        JdbcMapping mapping = attribute.jdbcMapping();
        JavaType<?> domain = mapping.getJavaTypeDescriptor();
        if (value.getClass() == attribute.javaType()
                && domain.getJavaTypeClass() == attribute.javaType()
                && mapping.getValueConverter() == null) {
            return value;
        }
        try {
            Object own = domain.isInstance(value) ? value : domain.cast(domain.coerce(value));
            return unwrap(mapping.getJdbcJavaType(), mapping.convertToRelationalValue(own), attribute, options);
        } catch (HibernateException | ClassCastException | IllegalArgumentException | ArithmeticException e) {
            throw new ShardingException(
                    ShardErrorCode.SHARD_KEY_MISSING,
                    entity + "." + attribute.path() + ": a shard key of type "
                            + value.getClass().getName() + " was given, the mapped type is "
                            + domain.getJavaTypeClass().getName() + "; pass a value of the mapped type",
                    e);
        }
    }

    /**
     * All values of a key.
     *
     * @throws ShardingException if there are more or fewer than the key has, or a value is null or of another type
     */
    static Object[] relational(List<KeyAttribute> key, List<?> values, String entity, WrapperOptions options) {
        if (values.size() != key.size()) {
            throw new ShardingException(
                    ShardErrorCode.SHARD_KEY_MISSING,
                    entity + ": the shard key has " + key.size() + " value(s) "
                            + key.stream().map(KeyAttribute::path).toList() + ", " + values.size()
                            + " were given; pass one for each, in that order");
        }
        Object[] relational = new Object[key.size()];
        for (int i = 0; i < relational.length; i++) {
            relational[i] = relational(key.get(i), values.get(i), entity, options);
        }
        return relational;
    }

    static ShardingException missing(String entity, String path) {
        return new ShardingException(
                ShardErrorCode.SHARD_KEY_MISSING,
                entity + "." + path
                        + ": the shard key is null; set it before the entity is stored, or pass ShardKeys to find");
    }

    private static <T> Object unwrap(
            JavaType<T> jdbcType, @Nullable Object value, KeyAttribute attribute, WrapperOptions options) {
        if (value == null) {
            throw new IllegalArgumentException("its converter made it null");
        }
        return attribute.javaType().isInstance(value)
                ? value
                : jdbcType.unwrap(jdbcType.cast(value), attribute.javaType(), options);
    }
}
