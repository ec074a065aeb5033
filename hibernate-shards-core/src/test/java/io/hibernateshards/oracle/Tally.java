package io.hibernateshards.oracle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What became of all queries, in whatever thread, and for those who want them to become fewer: which were refused, and which invalid. */
final class Tally {
    private final Map<String, Integer> refusals = new TreeMap<>();
    private final Map<String, Integer> mistakes = new TreeMap<>();
    private final Map<String, String> examples = new TreeMap<>();
    private int asked;
    private int refused;
    private int invalid;
    private int differences;

    synchronized void asked() {
        asked++;
    }

    synchronized void refused(Throwable error) {
        refused++;
        String[] parts = String.valueOf(error.getMessage())
                .replaceAll(" over shards \\[[^]]*\\]", "")
                .split(" Query: ", 2);
        refusals.merge(parts[0], 1, Integer::sum);
        examples.putIfAbsent(parts[0], parts.length > 1 ? parts[1] : "");
    }

    synchronized void invalid(Question question, Throwable error) {
        invalid++;
        String message = String.valueOf(error).split("\n", 2)[0];
        mistakes.merge(message, 1, Integer::sum);
        examples.putIfAbsent(message, question.toString());
    }

    /** Not a question more: while a failure is made smaller, others are asked again and again. */
    synchronized void different() {
        differences++;
    }

    int queries() {
        return asked;
    }

    double refusedShare() {
        return (double) refused / asked;
    }

    double invalidShare() {
        return (double) invalid / asked;
    }

    void write(Path file) {
        String text = "invalid " + invalid + "\n" + list(mistakes) + "\nrefused " + refused + "\n" + list(refusals);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String list(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                .map(entry -> entry.getValue() + " " + entry.getKey() + "\n    "
                        + examples.get(entry.getKey()).replace("\n", "\n    ") + "\n")
                .collect(Collectors.joining());
    }

    @Override
    public String toString() {
        return "oracle: queries=" + asked + " refused=" + refused + " differences=" + differences;
    }
}
