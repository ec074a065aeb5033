package io.hibernateshards.internal.topology;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * PostgreSQL's {@code hash_bytes_extended} and the functions built on it, so that SQL on a server computes the bucket that
 * Java computed. The algorithm is Bob Jenkins' lookup3 as PostgreSQL has it since version 11, on little-endian machines
 * and for databases in UTF-8.
 */
final class PostgresHash {
    /** PostgreSQL's {@code HASH_PARTITION_SEED}. */
    static final long SEED = 8816678312871386365L;

    private static final int START = 0x9e3779b9 + 3923095;

    private PostgresHash() {}

    /** {@code hashint8extended(value, SEED)}; the same for smaller integers of the same value. */
    static long ofLong(long value) {
        int low = (int) value;
        int high = (int) (value >>> 32);
        Mixer m = new Mixer(4);
        m.a += low ^ (value >= 0 ? high : ~high);
        return m.result();
    }

    /** {@code uuid_hash_extended(value, SEED)}. */
    static long ofUuid(UUID value) {
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

    /** {@code hashtextextended(value collate "C", SEED)}. */
    static long ofText(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) >= 0x80) {
                // a string with one character for each byte: only text beyond ASCII pays for the copy
                return ofBytes(new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
            }
        }
        return ofBytes(value);
    }

    /** One more column, as {@code hash_record_extended} takes it; it begins with 0. */
    static long combine(long hash, long column) {
        return 31 * hash + column;
    }

    /** Each character is a byte. */
    private static long ofBytes(String bytes) {
        Mixer m = new Mixer(bytes.length());
        int at = 0;
        int left = bytes.length();
        for (; left >= 12; at += 12, left -= 12) {
            m.a += word(bytes, at, 4);
            m.b += word(bytes, at + 4, 4);
            m.c += word(bytes, at + 8, 4);
            m.mix();
        }
        m.a += word(bytes, at, Math.min(left, 4));
        m.b += word(bytes, at + 4, Math.min(left - 4, 4));
        // the last word keeps its lowest byte free: the length stands there
        m.c += word(bytes, at + 8, left - 8) << 8;
        return m.result();
    }

    private static int word(String bytes, int at, int length) {
        int word = 0;
        for (int i = 0; i < length; i++) {
            word |= bytes.charAt(at + i) << (8 * i);
        }
        return word;
    }

    /** The state of lookup3. It never leaves its method, so that the JIT keeps it in registers. */
    private static final class Mixer {
        private int a;
        private int b;
        private int c;

        Mixer(int length) {
            c = START + length;
            // the seed is mixed in before the key
            a = c + (int) (SEED >>> 32);
            b = c + (int) SEED;
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
            return ((long) b << 32) | (c & 0xffffffffL);
        }
    }
}
