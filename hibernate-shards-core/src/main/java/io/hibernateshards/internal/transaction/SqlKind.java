package io.hibernateshards.internal.transaction;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells statements that may write from those that only read, by their first word; and of those that read, which may lock or
 * call functions that write. What is not certain here the server knows at the commit.
 */
public final class SqlKind {
    /** What a statement that reads calls. */
    enum Calls {
        /** Nothing but operators and functions of PostgreSQL that neither write nor lock. */
        NOTHING,
        /** A sequence too, which has its transaction numbered as a write does. */
        SEQUENCE,
        /** Functions of which nobody knows what they do. */
        FUNCTIONS
    }

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
            "lock",
            "savepoint",
            "release",
            "rollback",
            "begin");
    private static final Pattern DATA_MODIFYING = Pattern.compile(
            "\\b(insert\\s+into|(?<!\\b(for|key)\\s{1,9})update|delete\\s+from|merge\\s+into)\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern TEMPORARY =
            Pattern.compile("\\b(temp|temporary|pg_temp)\\b", Pattern.CASE_INSENSITIVE);

    private static final Pattern ADVISORY = Pattern.compile("\\bpg_(try_)?advisory_", Pattern.CASE_INSENSITIVE);

    private static final Pattern EXPLAINED_WRITE = Pattern.compile(
            "\\b(insert\\s+into|update|delete\\s+from|merge\\s+into|execute|create|refresh)\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern ANALYZE = Pattern.compile("\\banaly[sz]e\\b", Pattern.CASE_INSENSITIVE);

    /** What a parenthesis may follow in a statement that neither writes nor locks: by length, so that no word is cut out. */
    private static final String[][] HARMLESS = byLength(
            // the grammar's
            "all and any array as asc between by case cast char character coalesce cross cube desc distinct else except"
                    + " exists explain extract fetch filter first from group greatest grouping having ilike in intersect"
                    + " interval is join last lateral least left like limit materialized natural next not nullif"
                    + " numeric decimal bit varchar float offset on only or order over overlaps partition recursive right"
                    + " rollup row rows select sets similar some table then time timestamp to union unique using values"
                    + " varying when where window with within isnull notnull end"
                    // functions that Hibernate generates for HQL, and the like
                    + " abs acos age array_agg array_append array_cat array_length array_position array_prepend"
                    + " array_remove array_replace array_to_string asin atan atan2 avg bit_and bit_length bit_or bool_and bool_or"
                    + " btrim cardinality cbrt ceil ceiling char_length character_length chr clock_timestamp"
                    + " concat concat_ws corr cos cosh count covar_pop covar_samp cume_dist current_database"
                    + " current_schema current_setting date date_part date_trunc degrees dense_rank every exp"
                    + " first_value floor format generate_series hashint8extended hashtextextended initcap"
                    + " json_agg json_array json_build_array json_build_object json_object json_object_agg json_query"
                    + " json_value jsonb_agg jsonb_array_length jsonb_build_array jsonb_build_object jsonb_object_agg"
                    + " jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first lag last_value"
                    + " lead length ln localtime localtimestamp log log10 lower lpad ltrim make_date make_interval"
                    + " make_time make_timestamp max md5 min mod mode now nth_value ntile num_nulls octet_length overlay"
                    + " percent_rank percentile_cont percentile_disc pg_backend_pid pi position power radians random"
                    + " rank record_send regexp_like regexp_replace regr_avgx regr_avgy regr_count regr_intercept regr_r2"
                    + " regr_slope repeat replace reverse round row_number rpad rtrim sign sin sinh split_part"
                    + " sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array"
                    + " strpos substr substring sum tan tanh timezone to_char to_date to_number to_timestamp"
                    + " transaction_timestamp translate trim trim_array trunc unnest upper uuid_hash_extended"
                    + " var_pop var_samp variance version width_bucket");

    private SqlKind() {}

    private static String[][] byLength(String words) {
        String[][] all = new String[32][];
        for (int length = 0; length < all.length; length++) {
            int wanted = length;
            all[length] = Arrays.stream(words.split(" "))
                    .filter(word -> word.length() == wanted)
                    .toArray(String[]::new);
        }
        return all;
    }

    /**
     * The statement without the comments that follow its first word; a space stands for each. Nearly none has any: it is the
     * same then.
     */
    static String withoutComments(String sql) {
        int start = skipComments(sql);
        if (sql.indexOf("/*", start) < 0 && sql.indexOf("--", start) < 0) {
            return sql;
        }
        StringBuilder plain = new StringBuilder(sql.length());
        int at = start;
        while (at < sql.length()) {
            int next;
            if (sql.startsWith("--", at)) {
                next = after(sql, "\n", at + 2);
                plain.append(' ');
            } else if (sql.startsWith("/*", at)) {
                next = afterComment(sql, at + 2);
                plain.append(' ');
            } else {
                next = afterQuoted(sql, at);
                plain.append(sql, at, next);
            }
            at = next;
        }
        return plain.toString();
    }

    /** PostgreSQL's comments may hold others. */
    private static int afterComment(String sql, int from) {
        int depth = 1;
        int at = from;
        while (at < sql.length() && depth > 0) {
            if (sql.startsWith("/*", at)) {
                depth++;
                at += 2;
            } else if (sql.startsWith("*/", at)) {
                depth--;
                at += 2;
            } else {
                at++;
            }
        }
        return at;
    }

    /** Where the string or name that is quoted here ends; the next character if none is. */
    private static int afterQuoted(String sql, int at) {
        char quote = sql.charAt(at);
        if (quote == '"') {
            return after(sql, "\"", at + 1);
        }
        if (quote == '\'') {
            boolean escapes = at > 0
                    && (sql.charAt(at - 1) == 'e' || sql.charAt(at - 1) == 'E')
                    && (at == 1 || !isOfName(sql.charAt(at - 2)));
            int end = at + 1;
            while (end < sql.length() && sql.charAt(end) != '\'') {
                end += escapes && sql.charAt(end) == '\\' ? 2 : 1;
            }
            return Math.min(end + 1, sql.length());
        }
        if (quote == '$' && (at == 0 || !isOfName(sql.charAt(at - 1)))) {
            int end = at + 1;
            while (end < sql.length() && isOfName(sql.charAt(end)) && sql.charAt(end) != '$') {
                end++;
            }
            if (end < sql.length() && sql.charAt(end) == '$') {
                return after(sql, sql.substring(at, end + 1), end + 1);
            }
        }
        return at + 1;
    }

    /** Whether a statement that writes may be about a temporary table. */
    static boolean makesTemporaryTable(String sql) {
        for (int i = sql.length() - 4; i >= 0; i--) { // nearly none has it: no matcher
            if (sql.regionMatches(true, i, "temp", 0, 4)) {
                return TEMPORARY.matcher(sql).find();
            }
        }
        return false;
    }

    /** Whether the statement may write; true if in doubt, but not for a select that {@linkplain #calls calls functions}. */
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
            return DATA_MODIFYING.matcher(withoutComments(sql)).find();
        }
        if (word.equals("explain")) {
            String plain = withoutComments(sql);
            return ANALYZE.matcher(plain).find()
                    && EXPLAINED_WRITE.matcher(plain).find();
        }
        return word.isEmpty()
                ? sql.startsWith("{", start)
                : !READS.contains(word); // {call …}: nobody knows what it does
    }

    /** Whether a statement that does not write locks what it reads: rows, by {@code for update} or the like, or tables. */
    static boolean locks(String commented) {
        String sql = withoutComments(commented);
        // behind everything else, unless it is that of a subquery
        int from = sql.indexOf('(') >= 0 ? 0 : Math.max(0, sql.length() - 100);
        for (int i = sql.length() - 6; i > from; i--) {
            char c = sql.charAt(i);
            if ((c == 'f' || c == 'F') && sql.regionMatches(true, i, "for", 0, 3) && isLockingClause(sql, i)) {
                return true;
            }
        }
        int start = skipComments(sql);
        return sql.regionMatches(true, start, "lock", 0, 4)
                && start + 4 < sql.length()
                && Character.isWhitespace(sql.charAt(start + 4));
    }

    private static boolean isLockingClause(String sql, int at) {
        int next = skipSpace(sql, at + 3);
        return next > at + 3
                && !isOfName(sql.charAt(at - 1))
                && (isWord(sql, next, "update")
                        || isWord(sql, next, "share")
                        || isWord(sql, next, "no")
                        || isWord(sql, next, "key"));
    }

    private static boolean isWord(String sql, int at, String word) {
        int end = at + word.length();
        return sql.regionMatches(true, at, word, 0, word.length())
                && (end == sql.length() || !isOfName(sql.charAt(end)));
    }

    private static int skipSpace(String sql, int from) {
        int at = from;
        while (at < sql.length() && Character.isWhitespace(sql.charAt(at))) {
            at++;
        }
        return at;
    }

    /**
     * Which functions a statement that reads calls; {@link Calls#FUNCTIONS} if in doubt. Those that views, operators and
     * policies call are not seen here.
     */
    static Calls calls(String commented) {
        String sql = withoutComments(commented);
        Calls calls = Calls.NOTHING;
        for (int at = sql.indexOf('('); at >= 0; at = sql.indexOf('(', at + 1)) {
            int end = at;
            while (end > 0 && Character.isWhitespace(sql.charAt(end - 1))) {
                end--;
            }
            int start = end;
            while (start > 0 && isOfName(sql.charAt(start - 1))) {
                start--;
            }
            if (isWord(sql, start, "nextval") && end - start == 7) {
                calls = Calls.SEQUENCE;
            } else if (isCall(sql, start, end)) {
                return Calls.FUNCTIONS;
            }
        }
        return calls;
    }

    private static boolean isCall(String sql, int start, int end) {
        if (start == end) {
            return end > 0 && sql.charAt(end - 1) == '"';
        }
        int length = end - start;
        if (length >= HARMLESS.length || start > 0 && sql.charAt(start - 1) == '.') {
            return true;
        }
        for (String word : HARMLESS[length]) {
            if (sql.regionMatches(true, start, word, 0, length)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOfName(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$';
    }

    /** Whether it calls one of PostgreSQL's functions that lock what is no row. */
    static boolean locksByFunction(String sql) {
        return ADVISORY.matcher(sql).find();
    }

    private static int skipComments(String sql) {
        int at = 0;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (Character.isWhitespace(c) || c == '(') {
                at++;
            } else if (sql.startsWith("/*", at)) {
                at = afterComment(sql, at + 2);
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
