package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Cursors as text: the position, and HMAC-SHA256 over it and the query it belongs to, so that a cursor that was changed,
 * made up, or taken from another query is told from a real one before any of it is used.
 */
public final class CursorSigner {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAC_BYTES = 32;

    private final SecretKeySpec key;

    /**
     * Signs by a secret.
     *
     * @param secret null for one that nobody else will ever have
     */
    public CursorSigner(@Nullable String secret) {
        byte[] bytes = new byte[MAC_BYTES];
        if (secret == null) {
            new SecureRandom().nextBytes(bytes);
        } else {
            bytes = secret.isEmpty() ? bytes : secret.getBytes(StandardCharsets.UTF_8);
        }
        key = new SecretKeySpec(bytes, ALGORITHM);
    }

    /**
     * Where a page begins.
     *
     * @param backward whether it is the page before the row, and not the one behind it
     * @param keys of the row, as text
     */
    record Position(boolean backward, List<@Nullable String> keys) {}

    /** The cursor of a position in the rows of a query. */
    String sign(Position position, String query) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeBoolean(position.backward());
            for (String text : position.keys()) {
                byte[] utf8 = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
                out.writeInt(text == null ? -1 : utf8.length);
                out.write(utf8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory never fails
        }
        byte[] payload = bytes.toByteArray();
        byte[] signed = Arrays.copyOf(mac(payload, query), MAC_BYTES + payload.length);
        System.arraycopy(payload, 0, signed, MAC_BYTES, payload.length);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(signed);
    }

    /**
     * The position that a cursor tells.
     *
     * @throws ShardingException if the cursor was not made by a {@link #sign} of this secret for this query
     */
    Position verify(String cursor, String query) {
        byte[] signed;
        try {
            signed = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw invalid(e);
        }
        if (signed.length <= MAC_BYTES) {
            throw invalid(null);
        }
        byte[] payload = Arrays.copyOfRange(signed, MAC_BYTES, signed.length);
        if (!MessageDigest.isEqual(mac(payload, query), Arrays.copyOf(signed, MAC_BYTES))) {
            throw invalid(null);
        }
        return read(payload);
    }

    private static Position read(byte[] payload) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
            boolean backward = in.readBoolean();
            List<@Nullable String> keys = new ArrayList<>();
            while (in.available() > 0) {
                int length = in.readInt();
                keys.add(length < 0 ? null : new String(in.readNBytes(length), StandardCharsets.UTF_8));
            }
            return new Position(backward, keys);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is signed, so it is as it was written
        }
    }

    private byte[] mac(byte[] payload, String query) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(MessageDigest.getInstance("SHA-256").digest(query.getBytes(StandardCharsets.UTF_8)));
            return mac.doFinal(payload);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA256", e);
        }
    }

    private static ShardingException invalid(@Nullable Throwable cause) {
        return new ShardingException(
                ShardErrorCode.INVALID_CURSOR,
                "the cursor was not made for this query, was changed, or was signed by another secret ("
                        + ShardSettings.QUERY_CURSOR_SECRET
                        + "; without it cursors are valid in one JVM until it ends). Begin at the first page again",
                cause);
    }
}
