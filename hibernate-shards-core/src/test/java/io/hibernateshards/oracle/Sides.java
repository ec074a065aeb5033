package io.hibernateshards.oracle;

import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.oracle.RichModel.Country;
import io.hibernateshards.oracle.RichModel.Customer;
import io.hibernateshards.oracle.RichModel.Entry;
import io.hibernateshards.oracle.RichModel.Sample;
import io.hibernateshards.oracle.RichModel.Shape;
import io.hibernateshards.oracle.RichModel.Vehicle;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.SessionFactory;

/** The same rows on some shards and on one plain PostgreSQL with plain Hibernate, whose answers are right by definition. */
final class Sides implements AutoCloseable {
    final ShardedSessionFactory sharded;
    final SessionFactory plain;
    private final LocalCluster cluster;
    private final LocalCluster single;
    private final Map<String, Connection> connections = new LinkedHashMap<>();
    private String emptied = "";

    Sides(Layout layout, int shards, Collation collation) {
        cluster = LocalCluster.shared(layout, shards, collation);
        single = LocalCluster.shared(Layout.DATABASES, 1, collation);
        sharded = new ShardedConfiguration()
                .entities(RichModel.ENTITIES.toArray(Class<?>[]::new))
                .settings(cluster.settings())
                .setting("hibernate.shards.pool.maximum-pool-size", "4")
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.jdbc.batch_size", "50")
                .setting("hibernate.query.hql.translator", ParsedOnce.class.getName())
                .build();
        plain = PlainConfiguration.of(single, RichModel.ENTITIES)
                .setProperty("hibernate.jdbc.batch_size", "50")
                .setProperty("hibernate.query.hql.translator", ParsedOnce.class.getName())
                .buildSessionFactory();
        ParsedOnce.belongTo(sharded);
        ParsedOnce.belongTo(plain);
        plain.inTransaction(session -> Unit.countries().forEach(session::persist));
        sharded.getReferenceData().upsert(Unit.countries());
    }

    /** Leaves these rows and no others, but for the countries. */
    void load(List<Unit> units) {
        empty(single.shards());
        empty(cluster.shards());
        plain.inTransaction(session ->
                units.forEach(unit -> session.persist(unit.make(code -> session.getReference(Country.class, code)))));
        Map<ShardId, List<Unit>> places = new LinkedHashMap<>();
        for (Unit unit : units) {
            places.computeIfAbsent(place(unit), shard -> new ArrayList<>()).add(unit);
        }
        places.values()
                .forEach(here -> sharded.inTransaction(session -> here.forEach(
                        unit -> session.persist(unit.make(code -> session.getReference(Country.class, code))))));
    }

    /** Where a unit's rows are. */
    ShardId place(Unit unit) {
        Object root = unit.make(code -> null);
        if (root instanceof Sample sample) {
            return sharded.locate(Sample.class, sample.id);
        } else if (root instanceof Customer customer) {
            return sharded.locate(Customer.class, customer.id);
        } else if (root instanceof Vehicle vehicle) {
            return sharded.locate(Vehicle.class, vehicle.id);
        } else if (root instanceof Shape shape) {
            return sharded.locate(Shape.class, shape.id);
        }
        return sharded.locate(Entry.class, ((Entry) root).tenant);
    }

    private void empty(List<Shard> shards) {
        for (Shard shard : shards) {
            try (Statement statement = connection(shard).createStatement()) {
                if (emptied.isEmpty()) {
                    emptied = "truncate " + tables(statement);
                }
                statement.execute(emptied);
            } catch (SQLException e) {
                throw new IllegalStateException("cannot empty " + shard, e);
            }
        }
    }

    private Connection connection(Shard shard) throws SQLException {
        Connection open = connections.get(shard.url());
        if (open == null) {
            open = shard.connect();
            connections.put(shard.url(), open);
        }
        return open;
    }

    private static String tables(Statement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery(
                "select string_agg(quote_ident(tablename), ', ') from pg_tables where schemaname = current_schema()"
                        + " and lower(tablename) <> 'country'")) {
            result.next();
            return result.getString(1);
        }
    }

    @Override
    public void close() {
        sharded.close();
        plain.close();
        for (Connection connection : connections.values()) {
            try {
                connection.close();
            } catch (SQLException e) {
                throw new IllegalStateException("cannot close a connection", e);
            }
        }
        cluster.close();
        single.close();
    }
}
