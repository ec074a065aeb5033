package io.hibernateshards.samples.messenger.seed;

import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import net.datafaker.Faker;

/** Names of people. Datafaker makes some thousands a second, so it makes parts once, and each name combines two of them. */
final class Names {
    private static final int FIRST = 800;
    private static final int LAST = 400;

    private final String[] first;
    private final String[] last;

    /** Equal seeds make equal names. */
    Names(long seed) {
        Faker faker = new Faker(Locale.ENGLISH, new Random(seed));
        first = distinct(faker.name()::firstName, FIRST);
        last = distinct(faker.name()::lastName, LAST);
    }

    private static String[] distinct(Supplier<String> source, int count) {
        return Stream.generate(source).distinct().limit(count).toArray(String[]::new);
    }

    String next(RandomGenerator random) {
        return first[random.nextInt(first.length)] + ' ' + last[random.nextInt(last.length)];
    }
}
