package io.hibernateshards.internal.lookup;

import io.hibernateshards.GlobalUnique;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardLookup;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.Version;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.NaturalId;
import org.jspecify.annotations.NullUnmarked;

/** A club whose members are spread over the shards by their names, and are found by other things too. */
@NullUnmarked // Hibernate fills the entities
public final class Members implements AutoCloseable {
    enum Rank {
        NOVICE,
        MASTER
    }

    @Entity(name = "Member")
    public static class Member {
        @Id
        @ShardKey
        String name;

        @GlobalUnique
        @NaturalId(mutable = true)
        String email;

        @ShardLookup
        String city;

        int points;

        @Version
        int version;

        Member() {}

        public Member(String name, String email) {
            this(name, email, null);
        }

        public Member(String name, String email, String city) {
            this.name = name;
            this.email = email;
            this.city = city;
        }
    }

    /** Its id tells nothing, and it has no version. */
    @Entity(name = "Card")
    @DynamicUpdate
    static class Card {
        @Id
        UUID id = UUID.randomUUID();

        @ShardKey
        @ManyToOne
        Member member;

        @GlobalUnique
        Long number;

        @ShardLookup
        LocalDate expires;

        @ShardLookup
        @Enumerated(EnumType.STRING)
        Rank rank;

        String note;

        Card() {}

        Card(Member member, Long number) {
            this.member = member;
            this.number = number;
        }
    }

    @MappedSuperclass
    static class Owned {
        @GlobalUnique
        UUID serial;
    }

    @Entity(name = "Thing")
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Thing extends Owned {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @Version
        int version;
    }

    @Entity(name = "Boat")
    static class Boat extends Thing {
        @GlobalUnique
        @Column(length = 2000)
        String sail;
    }

    static final List<Class<?>> ENTITIES = List.of(Member.class, Card.class, Thing.class, Boat.class);

    public final LocalCluster cluster;
    public final ShardedSessionFactory factory;

    public Members(LocalCluster cluster) {
        this(cluster, "two-phase");
    }

    Members(LocalCluster cluster, String mode) {
        this.cluster = cluster;
        factory = configuration(cluster, mode)
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
    }

    public static ShardedConfiguration configuration(LocalCluster cluster, String mode) {
        return new ShardedConfiguration()
                .entities(ENTITIES.toArray(Class<?>[]::new))
                .settings(cluster.settings())
                .setting(ShardSettings.TRANSACTION_MODE, mode)
                .setting(ShardSettings.TRANSACTION_RECOVERY_INTERVAL, 3_600_000);
    }

    /** A name for each shard, in the order of the shards, that nobody else has asked for with this prefix. */
    public List<String> names(String prefix) {
        return factory.getTopology().shards().stream()
                .map(shard -> IntStream.range(0, 10_000)
                        .mapToObj(i -> prefix + i)
                        .filter(name -> factory.locate(Member.class, name).equals(shard))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    /** Removes all entities, as the application does. */
    public void clear() {
        factory.inTransaction(session -> {
            for (String entity : List.of("Card", "Member", "Thing")) {
                session.createSelectionQuery("from " + entity, Object.class)
                        .list()
                        .forEach(session::remove);
                session.flush();
            }
        });
    }

    /** The rows of the lookup tables of all shards, as value:owner, in order. */
    public List<String> rows(String attribute) {
        List<String> rows = new ArrayList<>();
        for (int shard = 0; shard < cluster.shards().size(); shard++) {
            for (String table : List.of("global_unique", "shard_lookup")) {
                rows.addAll(texts(
                        shard,
                        "select value || ':' || owner from hibernate_shards." + table + " where attribute like '%"
                                + attribute + "'"));
            }
        }
        return rows.stream().sorted().toList();
    }

    List<String> texts(int shard, String sql) {
        Shard place = cluster.shards().get(shard);
        try (Connection connection = place.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> texts = new ArrayList<>();
            while (row.next()) {
                texts.add(row.getString(1));
            }
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void execute(int shard, String sql) {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        factory.close();
        cluster.close();
    }
}
