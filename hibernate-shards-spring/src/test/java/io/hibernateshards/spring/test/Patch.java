package io.hibernateshards.spring.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Applies a unified diff, and insists on every line of its context. */
final class Patch {
    private static final Pattern HUNK = Pattern.compile("@@ -(\\d+)(?:,\\d+)? \\+\\d+(?:,\\d+)? @@.*");

    private final Path directory;
    private Path file = Path.of("none");
    private List<String> before = List.of();
    private final List<String> after = new ArrayList<>();
    private int next;

    private Patch(Path directory) {
        this.directory = directory;
    }

    static void apply(String diff, Path directory) throws IOException {
        Patch patch = new Patch(directory);
        for (String line : diff.lines().toList()) {
            patch.line(line);
        }
        patch.finish();
    }

    private void line(String line) throws IOException {
        Matcher hunk = HUNK.matcher(line);
        if (line.startsWith("--- ")) {
            finish();
        } else if (line.startsWith("+++ ")) {
            file = directory.resolve(line.substring("+++ b/".length()));
            before = Files.exists(file) ? Files.readAllLines(file) : List.of();
        } else if (hunk.matches()) {
            int start = Math.max(0, Integer.parseInt(hunk.group(1)) - 1);
            while (next < start) {
                after.add(before.get(next++));
            }
        } else if (line.startsWith("+")) {
            after.add(line.substring(1));
        } else {
            String expected = line.isEmpty() ? "" : line.substring(1);
            if (!before.get(next).equals(expected)) {
                throw new IllegalStateException(file + " line " + (next + 1) + " is \"" + before.get(next)
                        + "\", the diff has \"" + expected + "\"");
            }
            next++;
            if (!line.startsWith("-")) {
                after.add(expected);
            }
        }
    }

    private void finish() throws IOException {
        if (!after.isEmpty() || next > 0) {
            after.addAll(before.subList(next, before.size()));
            Files.createDirectories(file.getParent());
            Files.write(file, after);
        }
        after.clear();
        next = 0;
    }
}
