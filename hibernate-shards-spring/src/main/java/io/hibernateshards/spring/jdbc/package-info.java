/** A {@link javax.sql.DataSource} over the shards, for what speaks JDBC: JdbcTemplate, JdbcClient, libraries. */
@NullMarked
package io.hibernateshards.spring.jdbc;

import org.jspecify.annotations.NullMarked;
