package io.hibernateshards.internal.hot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The most frequent keys of a stream, by the algorithm Space-Saving: a fixed number of counters; a key that has none takes
 * over the one with the least count, which becomes its possible error. So no counter is too low, none is too high by more
 * than the total divided by their number, and each key that is more frequent than that has one. What is told is the count
 * less its error: a key is never called more frequent than it is.
 *
 * <p>Older occurrences weigh less, half for every half-life. That is done by letting newer ones weigh more, so that no
 * counter needs to be touched meanwhile, and all alike once numbers grow large. Not safe for use by several threads.
 */
final class Sketch {
    /** Newer occurrences weigh at most 2 to the power of this before all is scaled down. */
    private static final int LARGEST_POWER = 64;

    /**
     * A key's part.
     *
     * @param weight of its occurrences, at least
     */
    record Part(EntityId key, double weight) {}

    private static final class Counter {
        EntityId key;
        double count;
        double error;
        int place;

        Counter(EntityId key) {
            this.key = key;
        }
    }

    private final Map<EntityId, Counter> counters;
    private final Counter[] heap;
    private final long halfLife;
    private int size;
    private double total;
    private double passed;
    private long start;

    /**
     * An empty one.
     *
     * @param capacity the number of counters
     * @param now in any unit
     * @param halfLife in the same unit
     */
    Sketch(int capacity, long now, long halfLife) {
        heap = new Counter[capacity];
        counters = new HashMap<>(capacity * 2);
        start = now;
        this.halfLife = halfLife;
    }

    /**
     * Counts an occurrence.
     *
     * @param missed how many others there were whose keys are not known
     */
    void add(EntityId key, long missed, long now) {
        double weight = weight(now);
        total += weight;
        passed += weight * (1 + missed);
        Counter counter = counters.get(key);
        if (counter == null) {
            counter = free(key);
        }
        counter.count += weight;
        down(counter);
    }

    private double weight(long now) {
        double power = (double) (now - start) / halfLife;
        if (power > LARGEST_POWER) {
            scale(Math.pow(2, -power));
            start = now;
            return 1;
        }
        return Math.pow(2, power);
    }

    private void scale(double factor) {
        total *= factor;
        passed *= factor;
        for (int i = 0; i < size; i++) {
            heap[i].count *= factor;
            heap[i].error *= factor;
        }
    }

    private Counter free(EntityId key) {
        Counter counter;
        if (size < heap.length) {
            counter = new Counter(key);
            counter.place = size;
            heap[size++] = counter;
            up(counter);
        } else {
            counter = heap[0];
            counters.remove(counter.key);
            counter.key = key;
            counter.error = counter.count;
        }
        counters.put(key, counter);
        return counter;
    }

    private void up(Counter counter) {
        int place = counter.place;
        while (place > 0 && heap[(place - 1) / 2].count > counter.count) {
            put(heap[(place - 1) / 2], place);
            place = (place - 1) / 2;
        }
        put(counter, place);
    }

    private void down(Counter counter) {
        int place = counter.place;
        while (2 * place + 1 < size) {
            int child = 2 * place + 1;
            if (child + 1 < size && heap[child + 1].count < heap[child].count) {
                child++;
            }
            if (heap[child].count >= counter.count) {
                break;
            }
            put(heap[child], place);
            place = child;
        }
        put(counter, place);
    }

    private void put(Counter counter, int place) {
        heap[place] = counter;
        counter.place = place;
    }

    /** The most frequent keys, that with the most weight first, in units of an occurrence now. */
    List<Part> top(int most, long now) {
        double unit = weight(now);
        List<Part> parts = new ArrayList<>(size);
        Arrays.stream(heap, 0, size)
                .forEach(counter -> parts.add(new Part(counter.key, (counter.count - counter.error) / unit)));
        parts.sort(Comparator.comparingDouble(Part::weight).reversed());
        return List.copyOf(parts.subList(0, Math.min(most, size)));
    }

    /** The weight of all occurrences whose keys are known, in units of one now. */
    double total(long now) {
        return total / weight(now);
    }

    /** That of the others too. */
    double passed(long now) {
        return passed / weight(now);
    }

    /** The keys that have a counter. */
    int size() {
        return counters.size();
    }
}
