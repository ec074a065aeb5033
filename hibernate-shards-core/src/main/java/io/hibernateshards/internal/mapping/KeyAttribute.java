package io.hibernateshards.internal.mapping;

import org.hibernate.metamodel.mapping.JdbcMapping;

/**
 * One attribute of a root's key.
 *
 * @param path attribute path in the entity, dots reach into embeddables and composite ids
 * @param column the column that holds it
 * @param javaType the type of the value as the database holds it, which the bucket function sees
 * @param jdbcMapping converts the attribute's value to that
 */
public record KeyAttribute(String path, String column, Class<?> javaType, JdbcMapping jdbcMapping) {}
