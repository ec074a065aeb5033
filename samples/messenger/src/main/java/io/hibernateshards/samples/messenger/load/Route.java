package io.hibernateshards.samples.messenger.load;

import io.hibernateshards.samples.messenger.load.Known.Talk;
import java.util.random.RandomGenerator;

/** What clients can ask for. */
enum Route {
    PROFILE {
        @Override
        String request(Known known, RandomGenerator random) {
            return get("/users/" + user(known, random));
        }
    },
    RENAME {
        @Override
        String request(Known known, RandomGenerator random) {
            return send(
                    "PATCH",
                    "/users/" + user(known, random),
                    "{\"name\":\"" + anyName(random) + " " + anyName(random) + "\"}");
        }
    },
    REGISTER {
        @Override
        String request(Known known, RandomGenerator random) {
            return send(
                    "POST",
                    "/users",
                    "{\"name\":\"" + anyName(random) + " " + anyName(random) + "\",\"country\":\"FR\"}");
        }
    },
    INBOX {
        @Override
        String request(Known known, RandomGenerator random) {
            return get("/users/" + user(known, random) + "/inbox");
        }
    },
    MESSAGES {
        @Override
        String request(Known known, RandomGenerator random) {
            return get("/conversations/" + talk(known, random).conversation() + "/messages");
        }
    },
    SEARCH {
        @Override
        String request(Known known, RandomGenerator random) {
            return get("/users?name=" + (char) ('A' + random.nextInt(20)) + (char) ('a' + random.nextInt(20)));
        }
    },
    POST {
        @Override
        String request(Known known, RandomGenerator random) {
            Talk talk = talk(known, random);
            return send(
                    "POST",
                    "/conversations/" + talk.conversation() + "/messages",
                    "{\"sender\":\"" + talk.sender() + "\",\"text\":\"How are you? " + random.nextInt() + "\"}");
        }
    },
    TRANSFER {
        @Override
        String request(Known known, RandomGenerator random) {
            int from = random.nextInt(known.users().size());
            int to = (from + 1 + random.nextInt(known.users().size() - 1))
                    % known.users().size();
            return send(
                    "POST",
                    "/transfers",
                    "{\"from\":\"" + known.users().get(from) + "\",\"to\":\""
                            + known.users().get(to) + "\",\"amount\":1}");
        }
    };

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

    private static String send(String method, String path, String body) {
        return method + " " + path
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static String anyName(RandomGenerator random) {
        return (char) ('A' + random.nextInt(26)) + Integer.toString(random.nextInt(1 << 20), 36);
    }
}
