package io.hibernateshards.spring.keys;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import java.io.Serializable;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Entities that differ by their keys and ids. */
final class Kinds {
    private Kinds() {}

    /** What all have beside. */
    @MappedSuperclass
    abstract static class Thing {
        String text = "";
    }

    /** A generated id that carries the bucket. */
    @Entity(name = "ByTime")
    static class ByTime extends Thing {
        @Id
        @ShardedId
        @ShardKey
        @Nullable
        Long id;
    }

    /** Numbers of a sequence. */
    @Entity(name = "BySequence")
    static class BySequence extends Thing {
        @Id
        @ShardedId(style = IdStyle.SEQUENCE)
        @ShardKey
        @Nullable
        Long id;
    }

    /** A generated UUID that carries the bucket. */
    @Entity(name = "ByUuid")
    static class ByUuid extends Thing {
        @Id
        @ShardedId(style = IdStyle.UUID_V7)
        @ShardKey
        @Nullable
        UUID id;
    }

    /** An id of the application's. */
    @Entity(name = "ByText")
    static class ByText extends Thing {
        @Id
        @ShardKey
        String id = "";
    }

    /** A UUID of the application's. */
    @Entity(name = "ByOwnUuid")
    static class ByOwnUuid extends Thing {
        @Id
        @ShardKey
        UUID id = new UUID(0, 0);
    }

    /** A key that is not the id, which says nothing. */
    @Entity(name = "ByTenant")
    static class ByTenant extends Thing {
        @Id
        UUID id = new UUID(0, 0);

        @ShardKey
        String tenant = "";
    }

    /** A few values. */
    enum Color {
        RED,
        GREEN,
        BLUE
    }

    /** An enum. */
    @Entity(name = "ByEnum")
    static class ByEnum extends Thing {
        @Id
        int id;

        @ShardKey
        @Enumerated(EnumType.STRING)
        Color color = Color.RED;
    }

    /** Two values. */
    @Embeddable
    record Pair(String house, int flat) implements Serializable {}

    /** An embedded id that has the key among its values. */
    @Entity(name = "ByPair")
    @ShardKey("id.house")
    static class ByPair extends Thing {
        @EmbeddedId
        Pair id = new Pair("", 0);
    }

    /** Two values. */
    static class Couple implements Serializable {
        private static final long serialVersionUID = 1L;
        String one = "";
        int two;

        Couple() {}

        Couple(String one, int two) {
            this.one = one;
            this.two = two;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Couple couple && couple.one.equals(one) && couple.two == two;
        }

        @Override
        public int hashCode() {
            return one.hashCode() + two;
        }
    }

    /** An id class, all of which is the key. */
    @Entity(name = "ByCouple")
    @IdClass(Couple.class)
    @ShardKey({"one", "two"})
    static class ByCouple extends Thing {
        @Id
        String one = "";

        @Id
        int two;
    }

    /** Lives with another. */
    @Entity(name = "ByParent")
    static class ByParent extends Thing {
        @Id
        @ShardedId
        @Nullable
        Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        @Nullable
        ByText parent;
    }

    /** On every shard. */
    @Entity(name = "Everywhere")
    @ReferenceEntity
    static class Everywhere extends Thing {
        @Id
        String id = "";
    }

    /** On one. */
    @Entity(name = "OnOne")
    @SingleShard("shard2")
    static class OnOne extends Thing {
        @Id
        long id;
    }
}
