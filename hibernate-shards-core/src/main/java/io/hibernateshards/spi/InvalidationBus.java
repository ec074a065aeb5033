package io.hibernateshards.spi;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries what one JVM has changed to the second-level caches of the others. PostgreSQL's {@code NOTIFY} is one, chosen by
 * {@link ShardSettings#CACHE_COHERENCE}; a class that implements this, with a public constructor without parameters, is
 * another.
 *
 * <p>What the caches rely on, for each shard apart:
 *
 * <ul>
 *   <li>Once {@link #publish} has returned, or a {@link #statement} has been executed, the messages
 *       arrive at every JVM, the sender included, in the order of these events, each at least once; or that JVM is told
 *       {@link Receiver#lost}.
 *   <li>A JVM that is told {@link Receiver#regained} receives all that is published from then on.
 * </ul>
 *
 * <p>A bus without statements publishes right after the commit. A JVM that crashes in between has changed what it did not
 * publish. A bus that notices the end of a JVM without a {@linkplain #farewell farewell} calls {@link Receiver#lost} and
 * {@link Receiver#regained}, which empties the caches; without that, the others may return what they have cached until it
 * expires.
 *
 * @since 0.1
 */
public interface InvalidationBus extends AutoCloseable {
    /**
     * Begins to receive, in the background. Called once, before anything is published.
     *
     * @param shards all of them
     * @param settings of the session factory
     * @param receiver to be told of messages and interruptions; of those of one shard by one thread at a time
     */
    void start(List<ShardId> shards, Map<String, Object> settings, Receiver receiver);

    /**
     * The most characters of a message. Messages consist of ASCII characters.
     *
     * @return at least 4000; by default as many as PostgreSQL's {@code NOTIFY} takes
     */
    default int longestMessage() {
        return 7900;
    }

    /**
     * Returns SQL that publishes messages. It is sent right behind the commit of the transaction that they describe, in the
     * same round trip and as a transaction of its own, so that no lock it takes is held while the commit waits for a disk
     * or a standby. The server executes it even if this JVM dies meanwhile.
     *
     * @param shard where the transaction has changed something
     * @param messages what it has changed
     * @return SQL without a semicolon at its end; null, the default, to have them {@linkplain #publish published} after the
     *     commit
     */
    default @Nullable String statement(ShardId shard, List<String> messages) {
        return null;
    }

    /**
     * Publishes messages now. Called by the application's threads after they have committed, if not by {@link #statement}.
     *
     * @param shard where something has changed
     * @param messages what has changed
     * @throws Exception if it cannot be said that they will arrive: it is tried again, with a message that stands for all
     */
    void publish(ShardId shard, List<String> messages) throws Exception;

    /**
     * Publishes that this JVM will end, and has published all that it has changed on a shard. Called before {@link #close},
     * and not at all where something could not be published.
     *
     * @param shard where nothing will be changed any more
     * @throws Exception if it could not be published; it is not tried again
     */
    default void farewell(ShardId shard) throws Exception {}

    /** Receives nothing any more. */
    @Override
    void close();

    /** The caches of this JVM. */
    interface Receiver {
        /**
         * A message has arrived.
         *
         * @param shard of which it tells
         * @param message as it was published
         */
        void received(ShardId shard, String message);

        /**
         * Messages may not arrive any more. Until {@link #regained}, nothing of the shard is read from a cache.
         *
         * @param shard whose messages are concerned
         */
        void lost(ShardId shard);

        /**
         * Whatever is published from now on arrives. The caches are emptied before they are read again. To be called at the
         * start, too.
         *
         * @param shard whose messages are concerned
         */
        void regained(ShardId shard);
    }
}
