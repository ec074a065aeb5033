package io.hibernateshards.cluster;

/**
 * The collation of a database.
 *
 * @param sql the options of {@code create database}
 */
public record Collation(String sql) {
    /** Text in the order of its bytes. */
    public static final Collation C = new Collation("locale_provider libc locale 'C'");

    /** Text in the order of a language, by ICU. */
    public static Collation icu(String locale) {
        return new Collation("locale_provider icu icu_locale '" + locale + "' locale 'C'");
    }

    /** Text in the order of a locale of the server's operating system. */
    public static Collation libc(String locale) {
        return new Collation("locale_provider libc locale '" + locale + "'");
    }
}
