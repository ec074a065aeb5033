package io.hibernateshards.spring.orm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import jakarta.persistence.PersistenceException;
import jakarta.persistence.RollbackException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.InvalidDataAccessApiUsageException;

class ShardingExceptionsTest {
    private final ShardedJpaDialect dialect = new ShardedJpaDialect();

    @ParameterizedTest
    @EnumSource(ShardErrorCode.class)
    void everyCode_becomesSpringsAndKeepsItsMessage(ShardErrorCode code) {
        ShardingException failure = new ShardingException(code, "what was seen");

        DataAccessException translated = dialect.translateExceptionIfPossible(failure);

        assertThat(translated)
                .hasMessageContaining(code.code() + " what was seen")
                .hasCause(failure);
    }

    @ParameterizedTest
    @EnumSource(ShardErrorCode.class)
    void everyCode_withinWhatJpaWrapsItIn_isFound(ShardErrorCode code) {
        RuntimeException failure = new RollbackException(new ShardingException(code, "what was seen"));

        assertThat(dialect.translateExceptionIfPossible(failure)).hasMessageContaining("what was seen");
    }

    @Test
    void finerClasses_sayWhetherToRepeatIt() {
        assertThat(translate(ShardErrorCode.SHARD_UNAVAILABLE)).isInstanceOf(DataAccessResourceFailureException.class);
        assertThat(translate(ShardErrorCode.CROSS_SHARD_DEADLOCK)).isInstanceOf(CannotAcquireLockException.class);
        assertThat(translate(ShardErrorCode.QUERY_REFUSED)).isInstanceOf(InvalidDataAccessApiUsageException.class);
    }

    @Test
    void otherErrors_areTranslatedAsHibernates() {
        assertThat(dialect.translateExceptionIfPossible(new PersistenceException("x")))
                .hasMessageContaining("x");
        assertThat(dialect.translateExceptionIfPossible(new ArithmeticException()))
                .isNull();
    }

    private DataAccessException translate(ShardErrorCode code) {
        return Objects.requireNonNull(dialect.translateExceptionIfPossible(new ShardingException(code, "x")));
    }
}
