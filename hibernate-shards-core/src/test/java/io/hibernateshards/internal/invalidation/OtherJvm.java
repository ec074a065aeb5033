package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.internal.invalidation.Twins.Item;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A JVM beside that of the test, which tells it line by line what to do: {@code storm}, {@code texts}, {@code change}. Arguments: the ids
 * of items, with commas, and the settings of the shards.
 */
final class OtherJvm {
    static final int CHANGES = 200;

    private OtherJvm() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<Long> ids =
                Arrays.stream(arguments[0].split(",", -1)).map(Long::valueOf).toList();
        Map<String, String> shards = new HashMap<>();
        for (int i = 1; i < arguments.length; i += 2) {
            shards.put(arguments[i], arguments[i + 1]);
        }
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (ShardedSessionFactory factory = Twins.factory(shards, "notify", "none", Map.of())) {
            Twins.settle(factory);
            System.out.println("= ready");
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                System.out.println("= " + obey(order, factory, ids));
            }
        }
    }

    private static String obey(String order, ShardedSessionFactory factory, List<Long> ids)
            throws InterruptedException {
        switch (order) {
            case "storm" -> {
                Storm storm = new Storm(factory, ids);
                List<String> faults = storm.run(CHANGES, 17);
                return faults.isEmpty() && storm.reads() > 0 ? "well" : faults.toString();
            }
            case "change" -> {
                factory.inTransaction(
                        session -> Objects.requireNonNull(session.find(Item.class, ids.get(0))).text = "changed");
                return "changed";
            }
            default -> {
                Twins.settle(factory);
                return texts(factory, ids);
            }
        }
    }

    static String texts(ShardedSessionFactory factory, List<Long> ids) {
        return ids.stream()
                .map(id -> Objects.requireNonNull(factory.fromSession(session -> session.find(Item.class, id))).text)
                .collect(Collectors.joining(","));
    }
}
