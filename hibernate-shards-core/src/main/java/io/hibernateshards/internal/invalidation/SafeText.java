package io.hibernateshards.internal.invalidation;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Any text in letters, digits and {@code . - _ * + %} of ASCII: whatever encoding a database has, it can hold that. */
final class SafeText {
    private SafeText() {}

    static String of(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static String read(String safe) {
        return URLDecoder.decode(safe, StandardCharsets.UTF_8);
    }
}
