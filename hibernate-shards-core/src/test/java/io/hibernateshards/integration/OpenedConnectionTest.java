package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.integration.Shop.Customer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** A connection that an application opens goes back to the pool without a transaction. */
class OpenedConnectionTest extends SeveralShardsTest {
    private static final String OPEN = "select count(*) from pg_stat_activity where datname = current_database()"
            + " and pid <> pg_backend_pid() and state like 'idle in transaction%'";

    private long idleInTransaction() throws SQLException {
        try (Connection connection = factory().openConnection(shard(0))) {
            return number(connection, OPEN);
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void whatTheDriverAsksByItself_leavesNoTransaction() throws SQLException {
        try (Connection connection = factory().openConnection(shard(0));
                Connection other = factory().openConnection(shard(0))) {
            assertThat(connection.getSchema()).isNotNull();
            assertThat(number(other, OPEN)).isEqualTo(1);
        }
        assertThat(idleInTransaction()).isZero();

        try (Connection connection = factory().openConnection(shard(0))) {
            assertThat(number(connection, "select 1")).isEqualTo(1);
            connection.commit();
            assertThat(connection.getSchema()).isNotNull();
        }
        assertThat(idleInTransaction()).isZero();
    }

    @Test
    void changes_areRolledBack_unlessTheyAreCommitted() throws SQLException {
        Customer customer = stored(shard(0));
        String named = "customer where name = 'opened' and id = " + customer.id;
        try (Connection connection = factory().openConnection(shard(0));
                Statement statement = connection.createStatement()) {
            String update = "update customer set name = 'opened' where id = " + customer.id;
            assertThat(statement.executeUpdate(update)).isEqualTo(1);
        }
        assertThat(placesOf(named)).isEmpty();
        try (Connection connection = factory().openConnection(shard(0));
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(true);
            statement.executeUpdate("update customer set name = 'opened' where id = " + customer.id);
        }
        assertThat(placesOf(named)).containsExactly(shard(0));
        try (Connection connection = factory().openConnection(shard(0))) {
            assertThat(connection.getAutoCommit()).isFalse();
        }
    }

    @Test
    void connection_isItself_andCanBeUnwrapped() throws SQLException {
        try (Connection one = factory().openConnection(shard(0));
                Connection two = factory().openConnection(shard(0))) {
            assertThat(Set.of(one, two)).contains(one, two);
            assertThat(one.unwrap(PGConnection.class).getBackendPID())
                    .isNotEqualTo(two.unwrap(PGConnection.class).getBackendPID());
        }
    }

    @Test
    void connectionThatBroke_isNotUsedAgain() throws SQLException {
        int pid;
        try (Connection other = factory().openConnection(shard(0))) {
            Connection broken = factory().openConnection(shard(0));
            pid = broken.unwrap(PGConnection.class).getBackendPID();
            assertThat(broken.getSchema()).isNotNull();
            assertThat(number(other, "select count(*) from pg_terminate_backend(" + pid + ", 10000) t where t"))
                    .isEqualTo(1);
            assertThatThrownBy(broken::close).isInstanceOf(SQLException.class);
        }
        try (Connection one = factory().openConnection(shard(0));
                Connection two = factory().openConnection(shard(0))) {
            for (Connection next : List.of(one, two)) {
                assertThat(number(next, "select pg_backend_pid()")).isNotEqualTo(pid);
            }
        }
        assertThat(idleInTransaction()).isZero();
    }
}
