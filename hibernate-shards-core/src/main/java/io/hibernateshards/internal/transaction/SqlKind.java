package io.hibernateshards.internal.transaction;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Tells statements that may write from those that only read, by their first word. */
public final class SqlKind {
    private static final Set<String> READS = Set.of(
            "select",
            "values",
            "table",
            "show",
            "set",
            "fetch",
            "move",
            "declare",
            "close",
            "explain",
            "lock",
            "savepoint",
            "release",
            "rollback",
            "begin");
    private static final Pattern DATA_MODIFYING =
            Pattern.compile("\\b(insert\\s+into|update|delete\\s+from|merge\\s+into)\\b", Pattern.CASE_INSENSITIVE);

    private static final Pattern TEMPORARY =
            Pattern.compile("\\b(temp|temporary|pg_temp)\\b", Pattern.CASE_INSENSITIVE);

    private SqlKind() {}

    /** Whether a statement that writes may be about a temporary table. */
    static boolean makesTemporaryTable(String sql) {
        for (int i = sql.length() - 4; i >= 0; i--) { // nearly none has it: no matcher
            if (sql.regionMatches(true, i, "temp", 0, 4)) {
                return TEMPORARY.matcher(sql).find();
            }
        }
        return false;
    }

    /** Whether the statement may write; true if in doubt. A function called by a select is taken to read. */
    public static boolean mayWrite(String sql) {
        int start = skipComments(sql);
        if (sql.regionMatches(true, start, "select", 0, 6)) {
            return false; // the hot path: no substring
        }
        int end = start;
        while (end < sql.length() && Character.isLetter(sql.charAt(end))) {
            end++;
        }
        String word = sql.substring(start, end).toLowerCase(Locale.ROOT);
        if (word.equals("with")) {
            return DATA_MODIFYING.matcher(sql).find(end);
        }
        return word.isEmpty()
                ? sql.startsWith("{", start)
                : !READS.contains(word); // {call …}: nobody knows what it does
    }

    /** Whether a select locks what it reads, {@code for update} or {@code for share}: said at its very end. */
    static boolean locksRows(String select) {
        return select.indexOf(" for ", Math.max(0, select.length() - 100)) >= 0;
    }

    private static int skipComments(String sql) {
        int at = 0;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (Character.isWhitespace(c) || c == '(') {
                at++;
            } else if (sql.startsWith("/*", at)) {
                at = after(sql, "*/", at + 2);
            } else if (sql.startsWith("--", at)) {
                at = after(sql, "\n", at + 2);
            } else {
                break;
            }
        }
        return at;
    }

    private static int after(String sql, String end, int from) {
        int at = sql.indexOf(end, from);
        return at < 0 ? sql.length() : at + end.length();
    }
}
