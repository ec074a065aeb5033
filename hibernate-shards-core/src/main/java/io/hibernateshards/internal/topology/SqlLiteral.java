package io.hibernateshards.internal.topology;

/**
 * Text as a string constant of SQL, where it cannot be bound. It means the same whatever {@code standard_conforming_strings}
 * says: a backslash is only written in an escape string, where it is always one.
 */
public final class SqlLiteral {
    private SqlLiteral() {}

    /**
     * Returns the constant, with its quotes. What stands before it must not be a letter.
     *
     * @throws IllegalArgumentException for text that PostgreSQL cannot hold
     */
    public static String of(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("PostgreSQL has no text with the character NUL");
        }
        String quoted = "'" + text.replace("'", "''") + "'";
        return text.indexOf('\\') < 0 ? quoted : "E" + quoted.replace("\\", "\\\\");
    }
}
