package io.hibernateshards.internal.scatter;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.MapsId;
import jakarta.persistence.NamedNativeQuery;
import jakarta.persistence.NamedQuery;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OneToOne;
import jakarta.persistence.PrimaryKeyJoinColumn;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Currency;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.hibernate.annotations.FetchMode;
import org.hibernate.annotations.FetchProfile;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.jspecify.annotations.Nullable;

/** Entities on which sessions, queries and factories show how they behave. */
final class SemanticsModel {
    private static final List<TimeUnit> UNITS = List.of(
            TimeUnit.NANOSECONDS, TimeUnit.MICROSECONDS, TimeUnit.MILLISECONDS, TimeUnit.SECONDS, TimeUnit.MINUTES);

    static final Class<?>[] ENTITIES = {
        Sized.class, Tenant.class, Member.class, Box.class, Crate.class, Label.class, Seal.class, Nation.class
    };

    private SemanticsModel() {}

    interface Measured {}

    @MappedSuperclass
    abstract static class Sized implements Measured {
        @Nullable
        Integer size;
    }

    /** Its key is not its id. */
    @Entity(name = "Tenant")
    static class Tenant {
        @Id
        @Nullable
        Long id;

        @ShardKey
        @Nullable
        String org;

        Tenant() {}

        Tenant(long id, @Nullable String org) {
            this.id = id;
            this.org = org;
        }
    }

    /** Lives with its tenant. */
    @Entity(name = "Member")
    @NamedQuery(name = "members", query = "from Member m order by m.id")
    @NamedQuery(name = "retire", query = "update Member m set m.name = 'retired' where m.id < 0")
    @NamedNativeQuery(name = "nativeMembers", query = "select name from Member")
    static class Member {
        @Id
        @Nullable
        Long id;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        @Nullable
        Tenant tenant;

        @Nullable
        String name;

        Member() {}

        Member(long id, Tenant tenant) {
            this.id = id;
            this.tenant = tenant;
            name = "member" + id;
        }
    }

    @Entity(name = "Box")
    @FetchProfile(
            name = "withLabel",
            fetchOverrides =
                    @FetchProfile.FetchOverride(entity = Box.class, association = "crates", mode = FetchMode.JOIN))
    static class Box extends Sized {
        @Id
        @ShardKey
        @Nullable
        Long id;

        @Version
        int version;

        @Nullable
        String name;

        byte @Nullable [] digest;

        @Nullable
        Locale locale;

        @Nullable
        Currency currency;

        @Nullable
        URL url;

        @Nullable
        TimeZone timeZone;

        @Nullable
        ZoneId zone;

        @Nullable
        ZoneOffset shift;

        @Nullable
        UUID uuid;

        @Nullable
        Character letter;

        @Nullable
        Boolean flag;

        @Nullable
        BigDecimal measure;

        @Nullable
        Instant taken;

        @Nullable
        LocalDateTime made;

        @Nullable
        LocalDate day;

        @Nullable
        LocalTime moment;

        @Nullable
        OffsetDateTime offsetTime;

        @Nullable
        ZonedDateTime zoned;

        @Column(name = "made_in")
        @Nullable
        Year year;

        @Nullable
        Duration lasts;

        @Nullable
        TimeUnit rank;

        @Enumerated(EnumType.STRING)
        @Nullable
        TimeUnit kind;

        @Nullable
        Class<?> type;

        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        Nation nation;

        @OneToMany(mappedBy = "box", cascade = CascadeType.ALL, orphanRemoval = true)
        Set<Crate> crates = new HashSet<>();

        Box() {}

        Box(long id) {
            this.id = id;
            size = (int) id % 3;
            name = "n" + id % 5;
        }
    }

    @Entity(name = "Crate")
    static class Crate extends Sized {
        @Id
        @Nullable
        Long id;

        @ManyToOne(fetch = FetchType.LAZY, optional = false)
        @ShardKey
        @Nullable
        Box box;

        Crate() {}

        Crate(long id, Box box) {
            this.id = id;
            this.box = box;
            size = (int) id % 3;
        }
    }

    /** Its id is that of its box. */
    @Entity(name = "Label")
    static class Label {
        @Id
        @Nullable
        Long id;

        @MapsId
        @ShardKey
        @OneToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "box")
        @Nullable
        Box box;

        @Nullable
        String text;

        Label() {}

        Label(Box box) {
            this.box = box;
            text = "label of " + box.id;
        }
    }

    /** Its id is that of its box, too, though the application sets it. */
    @Entity(name = "Seal")
    static class Seal {
        @Id
        @Nullable
        Long id;

        @ShardKey
        @OneToOne(fetch = FetchType.LAZY)
        @PrimaryKeyJoinColumn
        @Nullable
        Box box;

        @Nullable
        String text;

        Seal() {}

        Seal(Box box) {
            this.box = box;
            id = box.id;
        }
    }

    @Entity(name = "Nation")
    @ReferenceEntity
    @NaturalIdCache
    static class Nation {
        @Id
        @Nullable
        Integer id;

        @NaturalId
        @Nullable
        String code;

        Nation() {}

        Nation(int id, String code) {
            this.id = id;
            this.code = code;
        }
    }

    static void load(BothSides sides) {
        sides.reference(() -> List.of(new Nation(1, "se"), new Nation(2, "no")));
        sides.write(session -> {
            for (int i = 1; i <= 12; i++) {
                Box box = new Box(i);
                box.digest = new byte[] {(byte) (i % 4), (byte) (200 + i)};
                box.locale = Locale.forLanguageTag(i % 2 == 0 ? "sv-SE" : "sv-FI");
                box.currency = Currency.getInstance(i % 2 == 0 ? "SEK" : "EUR");
                box.timeZone = TimeZone.getTimeZone(i % 2 == 0 ? "Europe/Stockholm" : "GMT+05:30");
                box.zone = ZoneId.of(i % 2 == 0 ? "Europe/Stockholm" : "+01:00");
                box.shift = ZoneOffset.ofHours(i % 3);
                box.uuid = new UUID(i % 3, i);
                box.letter = (char) ('a' + i % 3);
                box.flag = i % 2 == 0;
                box.url = url(i % 4);
                box.measure = new BigDecimal("1." + i % 5);
                box.taken = Instant.parse("2024-02-29T12:00:00.123456Z").plusSeconds(i % 5);
                box.made = LocalDateTime.of(2024, 2, 29, 12, 0, i % 5, 123_456_000);
                box.day = LocalDate.of(2024, 2, 1 + i % 5);
                box.moment = LocalTime.of(12, 0, i % 5);
                box.offsetTime = box.made.atOffset(ZoneOffset.ofHours(2));
                box.zoned = box.made.atZone(ZoneId.of("Europe/Stockholm"));
                box.year = Year.of(2020 + i % 5);
                box.lasts = Duration.ofNanos(1_000_000_007L * (i % 5));
                box.rank = UNITS.get(i % 5);
                box.kind = UNITS.get(i % 5);
                box.type = i % 2 == 0 ? String.class : Long.class;
                if (i > 10) { // the last, of which nothing is known
                    box.digest = null;
                    box.locale = null;
                    box.url = null;
                    box.type = null;
                    box.zone = null;
                }
                box.nation = session.getReference(Nation.class, 1);
                box.crates.add(new Crate(i * 10L, box));
                box.crates.add(new Crate(i * 10L + 1, box));
                session.persist(box);
                session.persist(new Label(box));
                session.persist(new Seal(box));
                Tenant tenant = new Tenant(i, "org" + i % 7);
                session.persist(tenant);
                session.persist(new Member(i, tenant));
            }
        });
    }

    private static URL url(int i) {
        try {
            return URI.create("http://localhost/" + i).toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
