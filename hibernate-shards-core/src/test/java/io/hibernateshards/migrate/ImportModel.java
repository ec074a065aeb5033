package io.hibernateshards.migrate;

import io.hibernateshards.GlobalUnique;
import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.SingleShard;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import jakarta.persistence.SecondaryTable;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.jspecify.annotations.Nullable;

/** A shop that has lived in one database. */
final class ImportModel {
    private ImportModel() {}

    /** A root with an id of its own. */
    @Entity(name = "Client")
    @DynamicUpdate
    @Table(name = "client")
    @SecondaryTable(name = "client_note")
    static class Client {
        @Id
        @ShardKey
        long id;

        @Nullable
        String name;

        @GlobalUnique
        @Column(unique = true)
        @Nullable
        String email;

        @Column(table = "client_note")
        @Nullable
        String note;

        @ElementCollection
        @CollectionTable(name = "client_tag")
        Set<String> tags = new HashSet<>();

        @ManyToMany
        Set<Coin> coins = new HashSet<>();
    }

    /** Lives with its client. */
    @Entity(name = "Purchase")
    @Table(name = "purchase")
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Purchase {
        @Id
        @ShardedId(style = IdStyle.SNOWFLAKE)
        @Nullable
        Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Client client;

        @Nullable
        BigDecimal price;

        @Nullable
        Instant bought;

        byte @Nullable [] receipt;
    }

    /** In a table beside its superclass's. */
    @Entity(name = "Gift")
    @Table(name = "gift")
    static class Gift extends Purchase {
        @Nullable
        String greeting;
    }

    /** Knows its client by its purchase only. */
    @Entity(name = "Line")
    @Table(name = "line")
    static class Line {
        @Id
        UUID id = UUID.randomUUID();

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "purchase_ref")
        @Nullable
        Purchase purchase;

        double weight;
    }

    /** Its id is that of its purchase. */
    @Entity(name = "Receipt")
    @Table(name = "receipt")
    static class Receipt {
        @Id
        @Nullable
        Long id;

        @MapsId
        @ShardKey
        @OneToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "purchase_ref")
        @Nullable
        Purchase purchase;

        @Nullable
        String text;
    }

    /** By text. */
    @Entity(name = "Document")
    @Table(name = "\"Document\"")
    static class Document {
        @Id
        UUID id = UUID.randomUUID();

        @ShardKey
        String tenant = "";

        @Column(name = "\"the Body\"")
        @Nullable
        String body;
    }

    /** Whose ids come from a sequence. */
    @Entity(name = "Ticket")
    @Table(name = "ticket")
    static class Ticket {
        @Id
        @ShardKey
        @ShardedId(style = IdStyle.SEQUENCE)
        @Nullable
        Long id;

        @Nullable
        String subject;
    }

    /** On every shard. */
    @Entity(name = "Coin")
    @ReferenceEntity
    @Table(name = "coin")
    static class Coin {
        @Id
        String code = "";
    }

    /** On the first. */
    @Entity(name = "Setting")
    @SingleShard("shard0")
    @Table(name = "setting")
    static class Setting {
        @Id
        @GeneratedValue(strategy = GenerationType.SEQUENCE)
        @Nullable
        Long id;

        @Nullable
        String value;
    }

    /** As {@link Purchase}, but with ids that would have to carry the bucket. */
    @Entity(name = "Carrier")
    @Table(name = "purchase")
    static class Carrier {
        @Id
        @ShardedId
        @Nullable
        Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "client_id")
        @Nullable
        Client client;

        @Nullable
        BigDecimal price;

        @Nullable
        Instant bought;

        byte @Nullable [] receipt;
    }

    static final Class<?>[] ENTITIES = {
        Client.class,
        Purchase.class,
        Gift.class,
        Line.class,
        Receipt.class,
        Document.class,
        Ticket.class,
        Coin.class,
        Setting.class
    };

    static ShardedSessionFactory factory(Map<String, String> settings, String schema, Class<?>... entities) {
        return new ShardedConfiguration()
                .settings(settings)
                .entities(entities)
                .setting("hibernate.hbm2ddl.auto", schema)
                .setting("hibernate.shards.guard.database", schema.equals("create-only") ? "none" : "check")
                .build();
    }

    /** The database as it was: the same tables on one server, with rows that are awkward to copy. */
    static LocalCluster source(int clients) throws SQLException {
        LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
        factory(cluster.settings(), "create-only", ENTITIES).close();
        execute(
                cluster.shards().get(0),
                """
                insert into coin values ('EUR'), ('SEK');
                insert into setting (id, value) values (1, 'on'), (77, null);
                insert into client (id, name, email)
                    select i, case when i %% 5 = 0 then null else E'a\\tb\\\\n\\n\\\\N \\u00e4\\U0001F600' || i end,
                        'c' || i || '@example.org' from generate_series(-3, %1$d) i;
                insert into client_note (id, note) select id, '\\N' from client where id %% 3 = 0;
                insert into client_tag (client_id, tags) select id, t from client, unnest(array['x', '', E'\\\\']) t;
                insert into client_coin (client_id, coins_code) select id, 'SEK' from client;
                insert into purchase (id, client_id, price, bought, receipt)
                    select 10 * c.id + i, c.id, i / 3.0, timestamptz '2026-01-31 23:59:59.123456+05' + i * interval '1 day',
                        decode('00ff5c0a', 'hex') from client c, generate_series(0, 3) i;
                insert into gift (id, greeting) select id, 'g' || id from purchase where id %% 2 = 0;
                insert into line (id, purchase_ref, weight)
                    select gen_random_uuid(), id, 1.0 / 3 + id from purchase, generate_series(1, 2);
                insert into receipt (purchase_ref, text) select id, 'r' || id from purchase where id %% 5 = 0;
                insert into "Document" (id, tenant, "the Body")
                    select gen_random_uuid(), E'tenant\\ \u00df' || i %% 7, repeat('x', i) from generate_series(1, 100) i;
                insert into ticket (id, subject) select i, 's' || i from generate_series(1, 20000, 7) i;
                """
                        .formatted(clients));
        return cluster;
    }

    static void execute(Shard shard, String sql) throws SQLException {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
