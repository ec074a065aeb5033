package io.hibernateshards.samples.messenger.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;

/** How often each route is asked for. */
public final class Mix {
    private static final Map<String, Map<Route, Integer>> KNOWN = Map.of(
            "users", // alone, and 95 of 100 requests read: what YCSB calls workload B
            Map.of(Route.PROFILE, 95, Route.RENAME, 3, Route.REGISTER, 2),
            "messenger", // all that people do with one
            Map.of(
                    Route.PROFILE, 50,
                    Route.INBOX, 20,
                    Route.MESSAGES, 14,
                    Route.SEARCH, 1,
                    Route.POST, 12,
                    Route.TRANSFER, 3));

    private final String name;
    private final List<Route> urn = new ArrayList<>();

    /**
     * One that is known by its name.
     *
     * @param name {@code users}, {@code messenger}, or that of a route, for nothing else
     * @throws IllegalArgumentException if there is none
     */
    public Mix(String name) {
        this.name = name;
        Map<Route, Integer> shares = KNOWN.get(name);
        if (shares == null) {
            urn.add(Route.valueOf(name.toUpperCase(Locale.ROOT)));
        } else {
            shares.forEach((route, share) -> {
                for (int i = 0; i < share; i++) {
                    urn.add(route);
                }
            });
        }
    }

    /** A route by chance. */
    Route next(RandomGenerator random) {
        return urn.get(random.nextInt(urn.size()));
    }

    @Override
    public String toString() {
        return name;
    }
}
