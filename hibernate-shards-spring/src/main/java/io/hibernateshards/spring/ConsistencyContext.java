package io.hibernateshards.spring;

import io.hibernateshards.ConsistencyToken;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries a {@link ConsistencyToken} from one piece of work to the next, in this JVM or another: what has been written is then
 * seen by those that read from replicas. A filter does so for requests; this is for what else has a beginning and an end, such as
 * the handling of a message:
 *
 * <pre>{@code
 * ConsistencyContext.within(ConsistencyToken.parse(message.token()), () -> {
 *     orders.place(message.order());
 *     reply.send(ConsistencyContext.token());
 * });
 * }</pre>
 *
 * @since 0.1
 */
public final class ConsistencyContext {
    private ConsistencyContext() {}

    /**
     * Works with sessions that read at least what a token says. Those that are opened meanwhile accept it, and each what those
     * before it have written.
     *
     * @param <T> what the work returns
     * @param <X> what it throws
     * @param accepted {@link ConsistencyToken#NONE} for nothing
     * @param work what to do
     * @return what the work returned
     * @throws X what the work threw
     */
    public static <T extends @Nullable Object, X extends Exception> T within(
            ConsistencyToken accepted, ShardContext.Work<T, X> work) throws X {
        return Surroundings.current().with(new CollectedTokens(accepted)).around(work);
    }

    /**
     * Works as above.
     *
     * @param accepted {@link ConsistencyToken#NONE} for nothing
     * @param work what to do
     */
    public static void within(ConsistencyToken accepted, Runnable work) {
        within(accepted, () -> {
            work.run();
            return true;
        });
    }

    /**
     * What was accepted, and all that sessions have committed since.
     *
     * @return {@link ConsistencyToken#NONE} if nobody collects it
     */
    public static ConsistencyToken token() {
        return tokens().get();
    }

    /**
     * Tells the token later, and to other threads.
     *
     * @return of the scope that this thread is in now
     */
    public static Supplier<ConsistencyToken> tokens() {
        CollectedTokens tokens = Surroundings.current().tokens();
        return tokens == null ? () -> ConsistencyToken.NONE : tokens::token;
    }
}
