package io.hibernateshards.internal.mapping;

import org.hibernate.mapping.BasicValue;
import org.hibernate.mapping.Column;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.type.descriptor.converter.spi.BasicValueConverter;

/**
 * One attribute of a root's key.
 *
 * @param path attribute path in the entity, dots reach into embeddables and composite ids
 * @param column the column that holds it
 * @param javaType the type of the value as the database holds it, which the bucket function sees
 * @param jdbcMapping converts the attribute's value to that
 */
public record KeyAttribute(String path, String column, Class<?> javaType, JdbcMapping jdbcMapping) {
    static KeyAttribute of(Attribute attribute) {
        BasicValue value = (BasicValue) attribute.value();
        JdbcMapping mapping = value.resolve().getJdbcMapping();
        Column column = (Column) value.getSelectables().get(0);
        return new KeyAttribute(attribute.path(), column.getQuotedName(), relationalType(mapping), mapping);
    }

    /** The type that the bucket function sees: what the column holds. */
    private static Class<?> relationalType(JdbcMapping mapping) {
        BasicValueConverter<?, ?> converter = mapping.getValueConverter();
        Class<?> type = converter == null
                ? mapping.getJavaTypeDescriptor().getJavaTypeClass()
                : converter.getRelationalJavaType().getJavaTypeClass();
        if (type.isEnum()) {
            return mapping.getJdbcType().isInteger() ? Integer.class : String.class;
        }
        return boxed(type);
    }

    private static Class<?> boxed(Class<?> type) {
        if (type == long.class) {
            return Long.class;
        }
        if (type == int.class) {
            return Integer.class;
        }
        return type == short.class ? Short.class : type;
    }
}
