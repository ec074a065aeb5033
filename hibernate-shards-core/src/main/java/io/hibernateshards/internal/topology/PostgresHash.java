package io.hibernateshards.internal.topology;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * PostgreSQL's {@code hash_bytes_extended} and the functions built on it, so that SQL on a server computes the bucket that
 * Java computed. The algorithm is Bob Jenkins' lookup3 as PostgreSQL has it since version 11, on little-endian machines.
 */
final class PostgresHash {
    /** PostgreSQL's {@code HASH_PARTITION_SEED}. */
    static final long SEED = 8816678312871386365L;

    private static final int START = 0x9e3779b9 + 3923095;

    private PostgresHash() {}

    /** {@code hashint8extended(value, SEED)}; the same for smaller integers of the same value. */
    static long hashLong(long value) {
        int low = (int) value;
        int high = (int) (value >>> 32);
        low ^= value >= 0 ? high : ~high;
        return hashUint32(low);
    }

    /** {@code uuid_hash_extended(value, SEED)}. */
    static long hashUuid(UUID value) {
        // sixteen bytes, most significant first, read as little-endian words
        long msb = Long.reverseBytes(value.getMostSignificantBits());
        long lsb = Long.reverseBytes(value.getLeastSignificantBits());
        Mixer m = new Mixer(16);
        m.a += (int) msb;
        m.b += (int) (msb >>> 32);
        m.c += (int) lsb;
        m.mix();
        m.a += (int) (lsb >>> 32);
        return m.result();
    }

    /** {@code hashtextextended(value, SEED)} under any deterministic collation. */
    static long hashText(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return hashBytes(bytes);
    }

    private static long hashBytes(byte[] k) {
        Mixer m = new Mixer(k.length);
        int at = 0;
        int left = k.length;
        while (left >= 12) {
            m.a += word(k, at, 4);
            m.b += word(k, at + 4, 4);
            m.c += word(k, at + 8, 4);
            m.mix();
            at += 12;
            left -= 12;
        }
        // the last word keeps its lowest byte for the length
        m.a += word(k, at, Math.min(left, 4));
        m.b += left > 4 ? word(k, at + 4, Math.min(left - 4, 4)) : 0;
        m.c += left > 8 ? word(k, at + 8, left - 8) << 8 : 0;
        return m.result();
    }

    private static int word(byte[] k, int at, int length) {
        int word = 0;
        for (int i = 0; i < length; i++) {
            word |= (k[at + i] & 0xff) << (8 * i);
        }
        return word;
    }

    private static long hashUint32(int k) {
        Mixer m = new Mixer(4);
        m.a += k;
        return m.result();
    }

    /** The state of lookup3; the JIT keeps it in registers. */
    private static final class Mixer {
        private int a;
        private int b;
        private int c;

        Mixer(int length) {
            a = b = c = START + length;
            // a non-zero seed is mixed in before the key
            a += (int) (SEED >>> 32);
            b += (int) SEED;
            mix();
        }

        void mix() {
            a -= c;
            a ^= Integer.rotateLeft(c, 4);
            c += b;
            b -= a;
            b ^= Integer.rotateLeft(a, 6);
            a += c;
            c -= b;
            c ^= Integer.rotateLeft(b, 8);
            b += a;
            a -= c;
            a ^= Integer.rotateLeft(c, 16);
            c += b;
            b -= a;
            b ^= Integer.rotateLeft(a, 19);
            a += c;
            c -= b;
            c ^= Integer.rotateLeft(b, 4);
            b += a;
        }

        long result() {
            c ^= b;
            c -= Integer.rotateLeft(b, 14);
            a ^= c;
            a -= Integer.rotateLeft(c, 11);
            b ^= a;
            b -= Integer.rotateLeft(a, 25);
            c ^= b;
            c -= Integer.rotateLeft(b, 16);
            a ^= c;
            a -= Integer.rotateLeft(c, 4);
            b ^= a;
            b -= Integer.rotateLeft(a, 14);
            c ^= b;
            c -= Integer.rotateLeft(b, 24);
            return (long) b << 32 | c & 0xffffffffL;
        }
    }

    /** One more column, as {@code hash_record_extended} takes it. */
    static long combine(long hash, long column) {
        return 31 * hash + column;
    }
}
