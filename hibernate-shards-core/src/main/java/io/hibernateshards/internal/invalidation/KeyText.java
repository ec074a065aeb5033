package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardId;
import org.hibernate.cache.internal.CacheKeyImplementation;
import org.hibernate.cache.internal.NaturalIdCacheKey;
import org.jspecify.annotations.Nullable;

/**
 * Keys of Hibernate's default factory as text, from which another JVM makes an equal key. A key has a hash that Hibernate has
 * computed from the mapping; so the key is made again from its text before it is sent, and if that is not equal to it (as with
 * an enum in an id, whose hash differs from JVM to JVM), there is none.
 *
 * @param role the kind of key and the entity or collection; the same for all keys of one
 * @param id the rest
 */
record KeyText(String role, String id) {
    private static final char PLAIN = 'K';
    private static final char NATURAL = 'N';

    /** Null if another JVM could not make the key from it. */
    static @Nullable KeyText of(Object key, ShardId shard) {
        KeyText text = null;
        if (key instanceof CacheKeyImplementation plain) {
            text = of(PLAIN, plain.getEntityOrRoleName(), IdText.of(plain.getId()));
        } else if (key instanceof NaturalIdCacheKey natural) {
            text = of(NATURAL, natural.getEntityName(), IdText.of(natural.getNaturalIdValues()));
        }
        if (text == null) {
            return null;
        }
        Object again = text.key(shard);
        return again.equals(key) && again.hashCode() == key.hashCode() ? text : null;
    }

    private static @Nullable KeyText of(char kind, String name, @Nullable String id) {
        return id == null ? null : new KeyText(kind + SafeText.of(name), id);
    }

    /**
     * The key, as Hibernate makes it for that shard.
     *
     * @throws RuntimeException if the text does not come from {@link #of}
     */
    Object key(ShardId shard) {
        String name = SafeText.read(role.substring(1));
        Object value = IdText.read(id);
        if (role.charAt(0) == NATURAL && value instanceof Object[] parts) {
            return new NaturalIdCacheKey(parts, name, shard.toString(), naturalHash(parts, shard));
        }
        if (role.charAt(0) == PLAIN && value != null) {
            return new CacheKeyImplementation(
                    value,
                    name,
                    shard.toString(),
                    31 * hash(value) + shard.toString().hashCode());
        }
        throw new IllegalArgumentException("no key: " + this);
    }

    /** As Hibernate's types have it. */
    private static int hash(Object value) {
        if (!(value instanceof Object[] parts)) {
            return value.hashCode();
        }
        int hash = 17;
        for (Object part : parts) {
            hash = hash * 37 + (part == null ? 0 : hash(part));
        }
        return hash;
    }

    private static int naturalHash(Object[] parts, ShardId shard) {
        int hash = shard.hashCode();
        for (Object part : parts) {
            hash = hash * 37 + (part == null ? 0 : hash(part));
        }
        return hash;
    }
}
