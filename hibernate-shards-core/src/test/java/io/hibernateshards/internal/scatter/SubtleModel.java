package io.hibernateshards.internal.scatter;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.SingleShard;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinTable;
import jakarta.persistence.Lob;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OneToOne;
import java.io.Serializable;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.Session;
import org.hibernate.annotations.Filter;
import org.hibernate.annotations.FilterDef;
import org.hibernate.annotations.NotFound;
import org.hibernate.annotations.NotFoundAction;
import org.hibernate.annotations.SQLRestriction;
import org.hibernate.annotations.SoftDelete;
import org.hibernate.annotations.Type;
import org.hibernate.boot.model.FunctionContributions;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.jdbc.dialect.spi.DialectResolutionInfo;
import org.hibernate.type.SqlTypes;
import org.hibernate.type.descriptor.WrapperOptions;
import org.hibernate.usertype.UserType;
import org.jspecify.annotations.Nullable;

/** Mappings in which Java types, join types and names say less than the server knows. */
@SuppressWarnings("EnumOrdinal") // it is what a custom type stores, the other way round
final class SubtleModel {
    static final Class<?>[] ENTITIES = {
        Account.class,
        Entry.class,
        Deleted.class,
        Link.class,
        Currency.class,
        Setting.class,
        Composed.class,
        Digest.class,
        Owner.class,
        Thing.class,
        Keeper.class,
        Badge.class,
        Piece.class,
        Painting.class
    };

    /** For each database, before the tables. */
    static final String BEFORE =
            """
            drop type if exists mood cascade;
            create type mood as enum ('sad', 'ok');
            create or replace aggregate all_of(int) (sfunc = int4pl, stype = int, initcond = '0');
            create or replace function twice_of(int) returns int language sql immutable as 'select 2 * $1'""";

    static final Map<String, String> SETTINGS = Map.of(
            "hibernate.dialect", WithFunctions.class.getName(),
            "hibernate.cache.region.factory_class", "caffeine-shards",
            "hibernate.cache.use_query_cache", "true",
            "hibernate.query.hql.xml_functions_enabled", "true");

    private SubtleModel() {}

    /** With functions that Hibernate does not know for what they are. */
    public static final class WithFunctions extends PostgreSQLDialect {
        public WithFunctions(DialectResolutionInfo info) {
            super(info);
        }

        @Override
        public void initializeFunctionRegistry(FunctionContributions functions) {
            super.initializeFunctionRegistry(functions);
            var registry = functions.getFunctionRegistry();
            var integer = functions.getTypeConfiguration().getBasicTypeForJavaType(Integer.class);
            registry.registerNamed("all_of", integer);
            registry.registerNamed("twice_of", integer);
            registry.registerPattern("place_of", "row_number() over (order by a1_0.id)", integer);
            registry.registerPattern("pattern_of", "sum(?1) over (order by ?1)", integer);
            registry.registerPattern("pattern_all", "coalesce(SUM (?1), 0)", integer);
        }
    }

    /** A hundred more in the column. */
    static final class Raised implements AttributeConverter<Integer, Integer> {
        @Override
        public @Nullable Integer convertToDatabaseColumn(@Nullable Integer value) {
            return value == null ? null : value + 100;
        }

        @Override
        public @Nullable Integer convertToEntityAttribute(@Nullable Integer value) {
            return value == null ? null : value - 100;
        }
    }

    enum Rank {
        LOW,
        MIDDLE,
        HIGH
    }

    /** Stores the highest first. */
    public static final class RankType implements UserType<Rank> {
        @Override
        public int getSqlType() {
            return SqlTypes.INTEGER;
        }

        @Override
        public Class<Rank> returnedClass() {
            return Rank.class;
        }

        @Override
        public @Nullable Rank nullSafeGet(ResultSet row, int position, WrapperOptions options) throws SQLException {
            int stored = row.getInt(position);
            return row.wasNull() ? null : Rank.values()[2 - stored];
        }

        @Override
        public void nullSafeSet(PreparedStatement statement, @Nullable Rank value, int position, WrapperOptions options)
                throws SQLException {
            if (value == null) {
                statement.setNull(position, SqlTypes.INTEGER);
            } else {
                statement.setInt(position, 2 - value.ordinal());
            }
        }

        @Override
        public @Nullable Rank deepCopy(@Nullable Rank value) {
            return value;
        }

        @Override
        public boolean isMutable() {
            return false;
        }
    }

    @Entity(name = "Account")
    @SQLRestriction("hidden = false")
    @FilterDef(name = "positive")
    @Filter(name = "positive", condition = "kind > 0")
    static class Account {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        Integer kind;

        @Nullable
        String name;

        boolean hidden;

        /** Large enough that some shard's sum overflows, and that of all does not. */
        @Nullable
        Long big;

        @Nullable
        Short small;

        @Nullable
        Integer whole;

        @Nullable
        BigDecimal decimal;

        @Nullable
        Float real;

        /** More digits in the column. */
        @Column(columnDefinition = "numeric")
        @Nullable
        Double precise;

        /** Nanoseconds in the column. */
        @Nullable
        Duration lasts;

        @Nullable
        Instant instant;

        /** Microseconds in the column, which a LocalTime is read without. */
        @Nullable
        LocalTime time;

        /** Microseconds in the column. */
        @Nullable
        Date date;

        /** May be infinite, or before Christ. */
        @Nullable
        LocalDate day;

        @Convert(converter = Raised.class)
        @Nullable
        Integer raised;

        @Lob
        @Nullable
        String text;

        /** In another order in the column. */
        @Type(RankType.class)
        @Nullable
        Rank rank;

        int @Nullable [] numbers;

        @Column(columnDefinition = "mood", insertable = false, updatable = false)
        @Nullable
        String mood;

        @Column(columnDefinition = "\"char\"")
        @Nullable
        String letter;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Currency currency;

        @OneToMany(mappedBy = "account")
        Set<Entry> entries = new HashSet<>();

        @OneToMany(mappedBy = "account")
        Set<Deleted> deleted = new HashSet<>();
    }

    @Entity(name = "Entry")
    @FilterDef(name = "even")
    @Filter(name = "even", condition = "kind = 0")
    static class Entry {
        @Id
        @Nullable
        Long id;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        @Nullable
        Account account;

        @Nullable
        Integer kind;
    }

    @Entity(name = "Deleted")
    @SoftDelete
    static class Deleted {
        @Id
        @Nullable
        Long id;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        @Nullable
        Account account;
    }

    @Entity(name = "Link")
    static class Link {
        @Id
        @Nullable
        Long id;

        @ManyToOne(fetch = FetchType.LAZY)
        @ShardKey
        @Nullable
        Account account;

        @ManyToOne(fetch = FetchType.LAZY)
        @NotFound(action = NotFoundAction.IGNORE)
        @Nullable
        Deleted deleted;
    }

    @Entity(name = "Currency")
    @ReferenceEntity
    static class Currency {
        @Id
        @Nullable
        Integer id;

        @Nullable
        String name;
    }

    @Entity(name = "Setting")
    @SingleShard("shard1")
    static class Setting {
        @Id
        @Nullable
        Integer id;

        @Nullable
        Integer value;
    }

    /** Without equals. */
    @Embeddable
    static class Pair implements Serializable {
        @Nullable
        Long first;

        int second;

        @Override
        public String toString() {
            return first + "/" + second;
        }
    }

    @Entity(name = "Composed")
    @ShardKey("id.first")
    static class Composed {
        @EmbeddedId
        Pair id = new Pair();

        @Nullable
        Integer kind;
    }

    @Entity(name = "Digest")
    static class Digest {
        @Id
        byte @Nullable [] id;

        @ShardKey
        @Nullable
        Integer place;

        @Nullable
        Integer kind;
    }

    @Embeddable
    static class Home {
        @Nullable
        String city;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Currency currency;
    }

    @Entity(name = "Owner")
    static class Owner {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        String name;

        @Embedded
        @Nullable
        Home home;

        @OneToMany(mappedBy = "owner")
        Set<Thing> things = new HashSet<>();

        @ManyToMany
        @JoinTable(name = "owner_shared")
        Set<Thing> shared = new HashSet<>();
    }

    @Entity(name = "Thing")
    static class Thing {
        @Id
        @Nullable
        Long id;

        @ShardKey
        @Nullable
        Long place;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Owner owner;

        @Nullable
        String name;
    }

    @Entity(name = "Keeper")
    static class Keeper {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        Integer kind;

        @Nullable
        String name;

        @OneToOne(mappedBy = "keeper", fetch = FetchType.LAZY)
        @Nullable
        Badge badge;

        @ManyToMany
        @JoinTable(name = "keeper_pieces")
        Set<Piece> pieces = new HashSet<>();

        @ManyToMany
        @JoinTable(name = "keeper_friends")
        Set<Keeper> friends = new HashSet<>();

        @ManyToMany
        @JoinTable(name = "keeper_pairs")
        Map<Keeper, Keeper> pairs = new HashMap<>();
    }

    @Entity(name = "Badge")
    static class Badge {
        @Id
        @Nullable
        Long id;

        @OneToOne(fetch = FetchType.LAZY)
        @ShardKey
        @Nullable
        Keeper keeper;

        @Nullable
        String text;

        @Nullable
        Integer level;
    }

    @Entity(name = "Piece")
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Piece {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Nullable
        String title;
    }

    @Entity(name = "Painting")
    static class Painting extends Piece {
        @Nullable
        String style;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Currency currency;

        @ElementCollection
        Set<String> marks = new HashSet<>();
    }

    private static void loadKeepers(Session session) {
        for (int i = 1; i <= 12; i++) {
            Keeper keeper = new Keeper();
            keeper.id = (long) i;
            keeper.kind = i % 3;
            keeper.name = "k" + i % 4;
            session.persist(keeper);
            if (i % 3 != 0) {
                Badge badge = new Badge();
                badge.id = 100L + i;
                badge.keeper = keeper;
                badge.text = "b" + i % 2;
                badge.level = i % 4;
                session.persist(badge);
            }
            Painting painting = new Painting();
            painting.style = "s" + i % 2;
            painting.currency = i % 4 == 0 ? null : session.getReference(Currency.class, 1);
            painting.marks.add("m" + i % 2);
            Piece piece = i % 3 == 0 ? new Piece() : painting;
            piece.id = (long) i;
            piece.title = "t" + i % 5;
            session.persist(piece);
            keeper.pieces.add(piece);
            keeper.friends.add(keeper);
            keeper.pairs.put(keeper, keeper);
        }
    }

    static void load(BothSides sides) {
        sides.reference(() -> List.of(currency(1, "one"), currency(2, "two")));
        sides.write(session -> {
            for (int i = 1; i <= 60; i++) {
                Account account = account(i);
                account.currency = i % 2 == 0 ? null : session.getReference(Currency.class, 1);
                session.persist(account);
                for (int kind = 0; kind < 2; kind++) {
                    Entry entry = new Entry();
                    entry.id = i * 10L + kind;
                    entry.account = account;
                    entry.kind = kind;
                    session.persist(entry);
                }
                if (i % 4 == 0) {
                    Deleted deleted = new Deleted();
                    deleted.id = (long) i;
                    deleted.account = account;
                    session.persist(deleted);
                    Link link = new Link();
                    link.id = (long) i;
                    link.account = account;
                    link.deleted = i % 3 == 0 ? null : deleted;
                    session.persist(link);
                }
            }
            for (int i = 1; i <= 90; i++) {
                Composed composed = new Composed();
                composed.id.first = (long) i;
                composed.id.second = 1;
                composed.kind = i % 3;
                session.persist(composed);
                Digest digest = new Digest();
                digest.id = new byte[] {1, (byte) i};
                digest.place = i;
                digest.kind = i % 3;
                session.persist(digest);
            }
            for (int i = 0; i < 3; i++) {
                Setting setting = new Setting();
                setting.id = i;
                setting.value = i;
                session.persist(setting);
            }
            for (long i = 1; i <= 20; i++) {
                Owner owner = new Owner();
                owner.id = i;
                owner.name = "owner" + i;
                owner.home = new Home();
                owner.home.city = "city" + i;
                owner.home.currency = i % 3 == 0 ? null : session.getReference(Currency.class, 2);
                session.persist(owner);
                Thing thing = new Thing();
                thing.id = i;
                thing.place = i;
                thing.name = "thing" + i;
                if (i % 2 == 0) {
                    thing.owner = owner;
                    owner.shared.add(thing);
                }
                session.persist(thing);
            }
        });
        sides.write(SubtleModel::loadKeepers);
        sides.write(session -> session.remove(session.find(Deleted.class, 8L)));
        sides.sql(
                """
                update account set mood = (case when id % 2 = 0 then 'sad' else 'ok' end)::mood,
                  time = time + make_interval(secs => (id % 3) * 0.000001),
                  date = date + make_interval(secs => (id % 3) * 0.000001),
                  precise = 1 + (id % 3) * 1e-20,
                  day = case when id % 7 = 0 then 'infinity' when id % 7 = 1 then '-infinity'
                    when id % 7 = 2 then '0044-03-15 BC' else day end""");
    }

    private static Account account(int i) {
        Account account = new Account();
        account.id = (long) i;
        account.kind = i % 3;
        account.name = "n" + i % 5;
        account.hidden = i % 10 == 0;
        account.big = i <= 20 ? (Long) (Long.MAX_VALUE / 4) : i <= 40 ? -Long.MAX_VALUE / 4 : 1L;
        account.small = (short) (i % 4);
        account.whole = i % 5;
        account.decimal = new BigDecimal(i % 7).movePointLeft(1);
        account.real = i / 10f;
        account.lasts = Duration.ofNanos(3_600_000_000_000L * (i % 3) + 1 + i % 2);
        account.instant = Instant.parse("2024-02-29T12:00:00Z").plusSeconds(1800L * (i % 5));
        account.time = LocalTime.of(1, 0);
        account.date = Date.from(Instant.parse("2024-02-29T12:00:00Z"));
        account.day = LocalDate.of(2024, 1, 1 + i % 7);
        account.raised = i % 4;
        account.text = "text " + i % 11;
        account.rank = Rank.values()[i % 3];
        account.numbers = new int[] {i % 2, 7};
        account.letter = "abc".substring(i % 3, i % 3 + 1);
        return account;
    }

    private static Currency currency(int id, String name) {
        Currency currency = new Currency();
        currency.id = id;
        currency.name = name;
        return currency;
    }
}
