package io.hibernateshards.internal.hot;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Numbers from 0 of which each is the rarer the larger it is, as the keys of real traffic are. */
final class Zipf {
    private final double[] upTo;

    Zipf(int keys, double skew) {
        upTo = new double[keys];
        double sum = 0;
        for (int i = 0; i < keys; i++) {
            sum += 1 / Math.pow(i + 1, skew);
            upTo[i] = sum;
        }
        for (int i = 0; i < keys; i++) {
            upTo[i] /= sum;
        }
    }

    int next(RandomGenerator random) {
        int found = Arrays.binarySearch(upTo, random.nextDouble());
        return Math.min(found < 0 ? -found - 1 : found, upTo.length - 1);
    }

    double share(int key) {
        return key == 0 ? upTo[0] : upTo[key] - upTo[key - 1];
    }
}
