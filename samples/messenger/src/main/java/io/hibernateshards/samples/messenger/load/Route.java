package io.hibernateshards.samples.messenger.load;

import io.hibernateshards.samples.messenger.load.Known.Talk;
import java.util.random.RandomGenerator;

/** What clients ask for, and how often, of a hundred requests. */
enum Route {
    PROFILE(50) {
        @Override
        String request(Known known, RandomGenerator random) {
            return get("/users/" + user(known, random));
        }
    },
    INBOX(20) {
        @Override
        String request(Known known, RandomGenerator random) {
            return get("/users/" + user(known, random) + "/inbox");
        }
    },
    MESSAGES(14) {
        @Override
        String request(Known known, RandomGenerator random) {
            return get("/conversations/" + talk(known, random).conversation() + "/messages");
        }
    },
    SEARCH(1) {
        @Override
        String request(Known known, RandomGenerator random) {
            return get("/users?name=" + (char) ('A' + random.nextInt(20)) + (char) ('a' + random.nextInt(20)));
        }
    },
    POST(12) {
        @Override
        String request(Known known, RandomGenerator random) {
            Talk talk = talk(known, random);
            return post(
                    "/conversations/" + talk.conversation() + "/messages",
                    "{\"sender\":\"" + talk.sender() + "\",\"text\":\"How are you? " + random.nextInt() + "\"}");
        }
    },
    TRANSFER(3) {
        @Override
        String request(Known known, RandomGenerator random) {
            int from = random.nextInt(known.users().size());
            int to = (from + 1 + random.nextInt(known.users().size() - 1))
                    % known.users().size();
            return post(
                    "/transfers",
                    "{\"from\":\"" + known.users().get(from) + "\",\"to\":\""
                            + known.users().get(to) + "\",\"amount\":1}");
        }
    };

    private static final Route[] OF_A_HUNDRED = new Route[100];

    static {
        int i = 0;
        for (Route route : values()) {
            for (int end = i + route.share; i < end; i++) {
                OF_A_HUNDRED[i] = route;
            }
        }
    }

    private final int share;

    Route(int share) {
        this.share = share;
    }

    /** A route by chance. */
    static Route next(RandomGenerator random) {
        return OF_A_HUNDRED[random.nextInt(OF_A_HUNDRED.length)];
    }

    /** As it goes over the wire. */
    abstract String request(Known known, RandomGenerator random);

    private static long user(Known known, RandomGenerator random) {
        return known.users().get(random.nextInt(known.users().size()));
    }

    private static Talk talk(Known known, RandomGenerator random) {
        return known.talks().get(random.nextInt(known.talks().size()));
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }
}
