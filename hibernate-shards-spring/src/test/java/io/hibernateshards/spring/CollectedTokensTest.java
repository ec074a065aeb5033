package io.hibernateshards.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ShardedSession;
import java.lang.reflect.Proxy;
import org.hibernate.Transaction;
import org.junit.jupiter.api.Test;

class CollectedTokensTest {
    private static final ConsistencyToken WRITTEN = ConsistencyToken.parse("east.10.1.a");

    private final CollectedTokens tokens = new CollectedTokens(ConsistencyToken.NONE);
    private boolean open = true;
    private boolean active = true;
    private boolean hidden;
    private int questions;

    /** As in a JTA transaction: it knows what it has written once that has committed, closed or not. */
    private final ShardedSession session = fake(ShardedSession.class, method -> switch (method) {
        case "isOpen" -> open;
        case "getConsistencyToken" -> {
            questions++;
            yield active ? ConsistencyToken.NONE : WRITTEN;
        }
        case "getTransaction" -> {
            if (hidden) {
                throw new IllegalStateException("not accessible");
            }
            yield fake(Transaction.class, asked -> active);
        }
        default -> throw new UnsupportedOperationException(method);
    });

    private interface Answers {
        Object to(String method);
    }

    private static <T> T fake(Class<T> type, Answers answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.to(method.getName())));
    }

    @Test
    void aSessionThatIsClosedBeforeItsTransactionCommits_isInTheTokenAfterwards() {
        tokens.opened(session);
        open = false;
        assertThat(tokens.token()).isEqualTo(ConsistencyToken.NONE);

        active = false;
        assertThat(tokens.token()).isEqualTo(WRITTEN);
    }

    @Test
    void aSessionThatIsClosed_andWhoseTransactionHasEnded_isNotKept() {
        tokens.opened(session);
        open = false;
        active = false;
        assertThat(tokens.token()).isEqualTo(WRITTEN);
        int before = questions;
        assertThat(tokens.token()).isEqualTo(WRITTEN);
        assertThat(questions).isEqualTo(before);
    }

    @Test
    void aSessionWhoseTransactionIsHidden_isKept() {
        hidden = true;
        tokens.opened(session);
        open = false;
        assertThat(tokens.token()).isEqualTo(ConsistencyToken.NONE);
        active = false;
        assertThat(tokens.token()).isEqualTo(WRITTEN);
    }
}
