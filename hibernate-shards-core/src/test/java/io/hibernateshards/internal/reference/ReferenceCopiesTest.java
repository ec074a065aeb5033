package io.hibernateshards.internal.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ReferenceDifference;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.Cacheable;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.Lob;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OptimisticLockException;
import jakarta.persistence.SecondaryTable;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.ColumnDefault;
import org.hibernate.annotations.Generated;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a reference entity is made of, all copies are equal after each transaction; and if not, that is found and mended. */
@SuppressWarnings("NullAway") // entities, whose attributes Hibernate sets
class ReferenceCopiesTest {
    @Entity(name = "Currency")
    @ReferenceEntity
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    @SecondaryTable(name = "Mint")
    static class Currency {
        @Id
        String code = "";

        @Version
        int version;

        @Column(name = "`Long Name`")
        String name = "";

        BigDecimal rate = new BigDecimal("1.2500");

        double weight = 0.1;

        byte[] stamp = {0, -1, 127};

        UUID token = UUID.nameUUIDFromBytes(stamp);

        Instant since = Instant.parse("2001-02-03T04:05:06.789012Z");

        @Generated
        @ColumnDefault("gen_random_uuid()")
        UUID made;

        @Column(table = "Mint")
        String place;

        @ElementCollection
        @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
        List<String> notes = new ArrayList<>();

        Currency() {}

        Currency(String code, String name) {
            this.code = code;
            this.name = name;
        }
    }

    @Embeddable
    record TaxId(String country, int year) {}

    @Entity(name = "Tax")
    @ReferenceEntity
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Tax {
        @EmbeddedId
        TaxId id = new TaxId("", 0);

        @ManyToOne(fetch = FetchType.LAZY)
        Currency currency;

        @ManyToMany
        Set<Currency> accepted = new HashSet<>();
    }

    @Entity(name = "SalesTax")
    static class SalesTax extends Tax {
        BigDecimal percent = BigDecimal.ZERO;
    }

    @Entity(name = "Flag")
    @ReferenceEntity
    static class Flag {
        @Id
        String code = "SE";

        @Lob
        byte[] image = {1, 2, 3};
    }

    @Entity(name = "City")
    static class City {
        @Id
        @ShardKey
        String name = "";

        @ManyToOne(cascade = CascadeType.PERSIST)
        Currency currency;

        City() {}

        City(String name, Currency currency) {
            this.name = name;
            this.currency = currency;
        }
    }

    private static final List<String> TABLES =
            List.of("City", "SalesTax", "Tax_Currency", "Tax", "Currency_notes", "Mint", "Currency");

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;
    private static List<ShardId> shards;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 3);
        factory = new ShardedConfiguration()
                .entities(Currency.class, Tax.class, SalesTax.class, Flag.class, City.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.jdbc.batch_size", 10)
                .setting("hibernate.cache.region.factory_class", "caffeine-shards")
                .build();
        shards = factory.getTopology().shards();
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    @BeforeEach
    void empty() {
        for (ShardId shard : shards) {
            TABLES.forEach(table -> execute(shard, "delete from " + table));
        }
        factory.getCache().evictAllRegions();
    }

    private static void execute(ShardId shard, String sql) {
        onShard(shard, statement -> statement.executeUpdate(sql));
    }

    @FunctionalInterface
    private interface Work<T> {
        T on(Statement statement) throws SQLException;
    }

    private static <T> T onShard(ShardId shard, Work<T> work) {
        Shard place = cluster.shards().get(shards.indexOf(shard));
        try (Connection connection = place.connect();
                Statement statement = connection.createStatement()) {
            return work.on(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All rows of all its tables, as text. */
    private static Set<String> rows(ShardId shard) {
        return onShard(shard, statement -> {
            Set<String> rows = new TreeSet<>();
            for (String table : TABLES.subList(1, TABLES.size())) {
                try (ResultSet row = statement.executeQuery("select to_jsonb(t)::text from " + table + " t")) {
                    while (row.next()) {
                        rows.add(table + row.getString(1));
                    }
                }
            }
            return rows;
        });
    }

    private static void assertEqualCopies(int rows) {
        Set<String> first = rows(shards.get(0));
        assertThat(first).hasSize(rows);
        for (ShardId shard : shards) {
            assertThat(rows(shard)).as(shard.name()).isEqualTo(first);
        }
        assertThat(factory.getReferenceData().check(Currency.class)).isEmpty();
        assertThat(factory.getReferenceData().check(SalesTax.class)).isEmpty();
    }

    private static Currency krona() {
        Currency krona = new Currency("SEK", "Krona");
        krona.notes.addAll(List.of("twenty", "fifty"));
        krona.place = "Eskilstuna";
        return krona;
    }

    private static void storeKrona() {
        factory.inTransaction(session -> session.persist(krona()));
    }

    /** A city on that shard. */
    private static City city(ShardId shard, Currency currency) {
        for (int i = 0; ; i++) {
            String name = "city" + i;
            if (factory.locate(City.class, name).equals(shard)) {
                return new City(name, currency);
            }
        }
    }

    // ---- whatever it is made of

    @Test
    void allTables_ofAnInsert() {
        storeKrona();
        assertEqualCopies(4);
    }

    @Test
    void allTables_ofUpdates() {
        storeKrona();
        factory.inTransaction(session -> {
            Currency krona = session.find(Currency.class, "SEK");
            krona.name = "Svensk krona";
            krona.place = null;
            krona.notes.set(0, "hundred");
        });
        assertEqualCopies(3);
        factory.inTransaction(
                session -> session.find(Currency.class, "SEK").notes.clear());
        assertEqualCopies(1);
        factory.inTransaction(session -> session.remove(session.find(Currency.class, "SEK")));
        assertEqualCopies(0);
    }

    @Test
    void aTree_withAssociationsBetweenReferenceEntities() {
        factory.inTransaction(session -> {
            SalesTax tax = new SalesTax();
            tax.id = new TaxId("SE", 2026);
            tax.percent = new BigDecimal("25.00");
            tax.currency = krona();
            Currency euro = new Currency("EUR", "Euro");
            tax.accepted.addAll(List.of(tax.currency, euro));
            session.persist(tax.currency);
            session.persist(euro);
            session.persist(tax);
        });
        assertEqualCopies(9);
        factory.inTransaction(session -> {
            Tax tax = session.find(Tax.class, new TaxId("SE", 2026));
            session.remove(tax.currency);
            session.remove(tax);
        });
        assertEqualCopies(1);
    }

    @Test
    void statelessRows() {
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            session.inTransaction(transaction -> {
                session.insert(krona());
                session.insertMultiple(List.of(new Currency("EUR", "Euro"), new Currency("NOK", "Krone")));
            });
            assertEqualCopies(6);
            session.inTransaction(transaction -> {
                Currency euro = session.get(Currency.class, "EUR");
                euro.place = "Paris";
                session.update(euro);
                session.delete(session.get(Currency.class, "NOK"));
                Currency peso = new Currency("MXN", "Peso");
                peso.notes.add("ten");
                session.upsert(peso);
            });
        }
        assertEqualCopies(9); // of an upsert Hibernate stores an empty Mint too
    }

    @Test
    void cascadedFromAShardedEntity_asTheOnlyBranchCommits() {
        City city = city(shards.get(2), new Currency("EUR", "Euro"));
        factory.inTransaction(session -> session.persist(city));
        assertEqualCopies(1);
        factory.inTransaction(session ->
                assertThat(session.find(City.class, city.name).currency.name).isEqualTo("Euro"));
    }

    @Test
    void largeObjects_areRefused() {
        assertThatThrownBy(() -> factory.inTransaction(session -> session.persist(new Flag())))
                .hasMessageContainingAll("Flag", "Flag.image", "large object", "bytea");
    }

    // ---- within a session

    @Test
    void changedThroughAnAssociation_isSeenByAllInstances() {
        storeKrona();
        Currency[] seen = new Currency[3];
        factory.inTransaction(
                session -> shards.forEach(shard -> session.persist(city(shard, session.find(Currency.class, "SEK")))));
        factory.inTransaction(session -> {
            for (int i = 0; i < 3; i++) {
                seen[i] = session.find(City.class, city(shards.get(i), null).name).currency;
            }
            seen[1].name = "changed";
            session.flush();
            assertThat(seen).extracting(currency -> currency.name).containsOnly("changed");
            seen[2].name = "again";
        });
        assertEqualCopies(4);
        factory.inTransaction(
                session -> assertThat(session.find(Currency.class, "SEK").name).isEqualTo("again"));
    }

    @Test
    void twoInstancesChanged_areRefused() {
        storeKrona();
        factory.inTransaction(
                session -> shards.forEach(shard -> session.persist(city(shard, session.find(Currency.class, "SEK")))));
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.find(City.class, city(shards.get(0), null).name).currency.name = "one";
            session.find(City.class, city(shards.get(1), null).name).currency.name = "two";
            assertThatThrownBy(session::flush).hasMessageContainingAll("Currency#SEK", "two instances");
            session.getTransaction().rollback();
        }
        assertEqualCopies(4);
    }

    @Test
    void queries_seeWhatIsNotFlushedYet() {
        factory.inTransaction(session -> {
            session.find(City.class, city(shards.get(2), null).name); // a leg that other finds and queries may use
            session.persist(new Currency("EUR", "Euro"));
            City city = city(shards.get(1), session.find(Currency.class, "EUR"));
            session.persist(city);
            assertThat(session.createQuery("select c.name || ' ' || u.name from City c join c.currency u", String.class)
                            .getResultList())
                    .containsExactly(city.name + " Euro");
            assertThat(session.createQuery("select count(*) from Currency", Long.class)
                            .getSingleResult())
                    .isEqualTo(1);
        });
    }

    @Test
    void optimisticLocks_hold() {
        storeKrona();
        try (ShardedSession one = factory.openSession()) {
            one.beginTransaction();
            one.find(Currency.class, "SEK").name = "one";
            factory.inTransaction(two -> two.find(Currency.class, "SEK").name = "two");
            assertThatThrownBy(() -> one.getTransaction().commit())
                    .satisfiesAnyOf(
                            e -> assertThat(e).hasCauseInstanceOf(OptimisticLockException.class),
                            e -> assertThat(e).isInstanceOf(OptimisticLockException.class));
        }
        assertEqualCopies(4);
    }

    @Test
    void secondLevelCache_forgetsEveryCopy_onceItIsCommitted() {
        storeKrona();
        factory.inTransaction(
                session -> shards.forEach(shard -> session.persist(city(shard, session.find(Currency.class, "SEK")))));
        ThrowingCities names = () -> shards.stream()
                .map(shard -> factory.fromTransaction(session -> {
                    Currency currency = session.find(City.class, city(shard, null).name).currency;
                    return currency.name + currency.notes.size();
                }))
                .toList();
        assertThat(names.read()).containsOnly("Krona2");
        factory.inTransaction(session -> {
            Currency krona = session.find(Currency.class, "SEK");
            krona.name = "changed";
            krona.notes.add("hundred");
            session.flush();
            assertThat(names.read()).as("not committed").containsOnly("Krona2");
        });
        assertThat(names.read()).containsOnly("changed3");
    }

    @FunctionalInterface
    private interface ThrowingCities {
        List<String> read();
    }

    /** Each adds to what it has read, in another order of shards; an optimistic lock tells who was late. */
    @Test
    @Timeout(300)
    void concurrentWriters_neitherDeadlockNorDiffer() throws Exception {
        storeKrona();
        factory.inTransaction(
                session -> shards.forEach(shard -> session.persist(city(shard, session.find(Currency.class, "SEK")))));
        ExecutorService threads = Executors.newFixedThreadPool(6);
        int[] done = new int[6];
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 6; t++) {
                int thread = t;
                all.add(threads.submit(() -> {
                    for (int i = 0; i < 10; ) {
                        try {
                            factory.inTransaction(session -> {
                                Currency krona =
                                        session.find(City.class, city(shards.get(thread % 3), null).name).currency;
                                krona.weight += 1;
                                session.persist(new Currency("T" + thread + "-" + done[thread], "made"));
                            });
                            i++;
                            done[thread]++;
                        } catch (RuntimeException late) {
                            if (!(late instanceof OptimisticLockException)
                                    && !(late.getCause() instanceof OptimisticLockException)) {
                                throw late;
                            }
                        }
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertEqualCopies(64);
        factory.inTransaction(session ->
                assertThat(session.find(Currency.class, "SEK").weight).isCloseTo(60.1, within()));
    }

    private static org.assertj.core.data.Offset<Double> within() {
        return org.assertj.core.data.Offset.offset(1e-6);
    }

    // ---- copies that differ

    @Test
    void differences_areFound_andMended() {
        storeKrona();
        factory.inTransaction(session -> {
            session.persist(new Currency("EUR", "Euro"));
            session.persist(new Currency("NOK", "Krone"));
        });
        execute(shards.get(1), "update Currency set \"Long Name\" = 'wrong', weight = 7 where code = 'SEK'");
        execute(shards.get(1), "delete from Currency_notes where notes = 'fifty'");
        execute(shards.get(2), "delete from Currency where code = 'NOK'");
        execute(
                shards.get(2),
                "insert into Currency (code, version, \"Long Name\", rate, weight) values ('XXX', 0, 'x', 1, 1)");
        Map<String, ReferenceDifference> found = new LinkedHashMap<>();
        factory.getReferenceData().check(Currency.class).forEach(difference -> {
            assertThat(difference.entityName()).isEqualTo(Currency.class.getName());
            found.put(difference.table() + difference.id(), difference);
        });
        assertThat(found.keySet())
                .containsExactly(
                        "Currency{\"0\": \"NOK\"}",
                        "Currency{\"0\": \"SEK\"}",
                        "Currency{\"0\": \"XXX\"}",
                        "Currency_notes{\"0\": \"SEK\"}");
        ReferenceDifference sek = found.get("Currency{\"0\": \"SEK\"}");
        assertThat(sek.copies()).containsExactly(List.of(shards.get(0), shards.get(2)), List.of(shards.get(1)));
        assertThat(sek.missing()).isEmpty();
        assertThat(found.get("Currency{\"0\": \"XXX\"}").missing()).containsExactly(shards.get(0), shards.get(1));
        assertThat(factory.getReferenceData().repair(Currency.class, shards.get(0)))
                .isEqualTo(3);
        assertEqualCopies(6);
        assertThat(factory.getReferenceData().repair(Currency.class, shards.get(0)))
                .isZero();
    }

    @Test
    void repair_ofARowThatIsStillUsed_changesNothing() {
        execute(
                shards.get(2),
                "insert into Currency (code, version, \"Long Name\", rate, weight) values ('XXX', 0, 'x', 1, 1)");
        String used = city(shards.get(2), null).name;
        execute(shards.get(2), "insert into City (name, currency_code) values ('" + used + "', 'XXX')");
        execute(
                shards.get(1),
                "insert into Currency (code, version, \"Long Name\", rate, weight) values ('YYY', 0, 'x', 1, 1)");
        assertThatThrownBy(() -> factory.getReferenceData().repair(Currency.class, shards.get(0)))
                .isInstanceOf(org.hibernate.exception.ConstraintViolationException.class);
        assertThat(rows(shards.get(1))).hasSize(1);
        factory.getReferenceData().repair(Currency.class, shards.get(2));
        assertEqualCopies(1);
    }

    @Test
    void check_ofAnotherEntity_isRefused() {
        assertThatThrownBy(() -> factory.getReferenceData().check(City.class))
                .isInstanceOf(ShardingException.class)
                .hasMessageContainingAll("City", "@ReferenceEntity");
        assertThatThrownBy(() -> factory.getReferenceData().repair(Currency.class, ShardId.of("none")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none");
    }
}
