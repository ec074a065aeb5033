package io.hibernateshards.samples.messenger.seed;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.samples.messenger.domain.Conversation;
import io.hibernateshards.samples.messenger.domain.Country;
import io.hibernateshards.samples.messenger.domain.InboxEntry;
import io.hibernateshards.samples.messenger.domain.Message;
import io.hibernateshards.samples.messenger.domain.User;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import org.hibernate.Session;

/**
 * Stores countries and users. A batch is a transaction over all shards; several batches at a time keep the servers busy
 * while the next rows are made.
 */
public final class Seeder {
    /** What each user begins with. */
    public static final long CREDITS = 1_000;

    private static final int BATCH = 8_000;
    private static final int CONVERSATIONS = 500;

    private final ShardedSessionFactory factory;
    private final long seed;
    private final Names names;

    /** Equal seeds make users of equal names, countries and credits, with other ids. */
    public Seeder(ShardedSessionFactory factory, long seed) {
        this.factory = factory;
        this.seed = seed;
        this.names = new Names(seed);
    }

    /** Stores the countries of the world on every shard. */
    public List<Country> countries() {
        List<Country> countries = Stream.of(Locale.getISOCountries())
                .map(code -> new Country(
                        code, new Locale.Builder().setRegion(code).build().getDisplayCountry(Locale.ENGLISH)))
                .toList();
        factory.getReferenceData().upsert(countries);
        return countries;
    }

    /** Stores so many users, by as many threads at a time. */
    public void users(int count, int threads, ProgressBar progress) {
        List<Country> countries = countries();
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> batches = new ArrayList<>();
            for (int from = 0; from < count; from += BATCH) {
                int first = from;
                int size = Math.min(BATCH, count - from);
                batches.add(workers.submit(() -> {
                    insert(batch(countries, first, size));
                    progress.stepBy(size);
                }));
            }
            for (Future<?> batch : batches) {
                batch.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("users could not be stored", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while users were stored", e);
        } finally {
            workers.shutdownNow();
        }
    }

    /** Begins conversations between two users each, taken from the given ones, with a message each. */
    public void conversations(List<Long> users, int count, ProgressBar progress) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int from = 0; from < count; from += CONVERSATIONS) {
            int size = Math.min(CONVERSATIONS, count - from);
            factory.inTransaction(session -> {
                for (int i = 0; i < size; i++) {
                    int one = random.nextInt(users.size());
                    int other = (one + 1 + random.nextInt(users.size() - 1)) % users.size();
                    begin(session, users.get(one), users.get(other));
                }
            });
            progress.stepBy(size);
        }
    }

    private static void begin(Session session, long one, long other) {
        Conversation conversation =
                new Conversation(session.getReference(User.class, one), "Between two", Set.of(other));
        session.persist(conversation);
        Message message = new Message(conversation, one, "Hello", Instant.EPOCH);
        session.persist(message);
        session.persist(new InboxEntry(session.getReference(User.class, other), message));
    }

    private List<User> batch(List<Country> countries, int first, int size) {
        SplittableRandom random = new SplittableRandom(seed + first);
        return Stream.generate(
                        () -> new User(names.next(random), countries.get(random.nextInt(countries.size())), CREDITS))
                .limit(size)
                .toList();
    }

    private void insert(List<User> users) {
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            session.inTransaction(transaction -> session.insertMultiple(users));
        }
    }
}
