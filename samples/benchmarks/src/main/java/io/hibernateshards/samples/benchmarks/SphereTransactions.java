package io.hibernateshards.samples.benchmarks;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.arjPropertyManager;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.shardingsphere.infra.database.core.type.DatabaseType;
import org.apache.shardingsphere.transaction.api.TransactionType;
import org.apache.shardingsphere.transaction.spi.ShardingSphereDistributedTransactionManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.xa.PGXAConnection;

/**
 * ShardingSphere's XA transactions with Narayana. Its own module for them is not in the registry for the version whose others
 * are there, so this is that module's work, done in the same way through the interface that it implements: each connection
 * that a transaction uses is enlisted once, with PostgreSQL's XA resource over it. Found by ShardingSphere.
 */
public final class SphereTransactions implements ShardingSphereDistributedTransactionManager {
    private static final TransactionManager NARAYANA = narayana();

    private final Map<String, DataSource> sources = new HashMap<>();
    private final ThreadLocal<Map<String, Connection>> enlisted = ThreadLocal.withInitial(HashMap::new);

    /** Called by ShardingSphere. */
    public SphereTransactions() {}

    /** Its log goes to files, as usual, but not into the directory that the benchmarks happen to run in. */
    private static TransactionManager narayana() {
        try {
            Path log = Files.createTempDirectory("narayana");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(log)));
            for (String store : new String[] {"default", "communicationStore", "stateStore"}) {
                BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, store.equals("default") ? null : store)
                        .setObjectStoreDir(log.toString());
            }
            arjPropertyManager.getCoreEnvironmentBean().setNodeIdentifier("benchmarks");
        } catch (IOException | com.arjuna.ats.arjuna.common.CoreEnvironmentBeanException e) {
            throw new IllegalStateException(e);
        }
        return com.arjuna.ats.jta.TransactionManager.transactionManager();
    }

    private static void delete(Path log) {
        try (Stream<Path> files = Files.walk(log)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            // it is left in the directory for temporary files
        }
    }

    @Override
    public void init(Map<String, DatabaseType> types, Map<String, DataSource> all, String provider) {
        sources.putAll(all);
    }

    @Override
    public TransactionType getTransactionType() {
        return TransactionType.XA;
    }

    @Override
    public boolean isInTransaction() {
        try {
            return NARAYANA.getStatus() != Status.STATUS_NO_TRANSACTION;
        } catch (SystemException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Named with its database before it, {@code accounts.shard0}, where it was given so. */
    @Override
    public Connection getConnection(String database, String source) throws SQLException {
        Map<String, Connection> own = enlisted.get();
        Connection known = own.get(source);
        if (known != null) {
            return known;
        }
        DataSource pool = sources.get(database + "." + source);
        Connection connection = Objects.requireNonNull(pool == null ? sources.get(source) : pool, source)
                .getConnection();
        own.put(source, connection);
        try {
            Transaction transaction = NARAYANA.getTransaction();
            transaction.enlistResource(new PGXAConnection(connection.unwrap(BaseConnection.class)).getXAResource());
            transaction.registerSynchronization(new Forget(source));
        } catch (SystemException | RollbackException e) {
            throw new SQLException(e);
        }
        return connection;
    }

    private final class Forget implements Synchronization {
        private final String source;

        Forget(String source) {
            this.source = source;
        }

        @Override
        public void beforeCompletion() {}

        @Override
        public void afterCompletion(int status) {
            enlisted.get().remove(source);
        }
    }

    @Override
    public void begin() {
        try {
            NARAYANA.begin();
        } catch (jakarta.transaction.NotSupportedException | SystemException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void begin(int timeout) {
        begin();
    }

    @Override
    public void commit(boolean rollbackOnly) {
        try {
            if (rollbackOnly) {
                NARAYANA.rollback();
            } else {
                NARAYANA.commit();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void rollback() {
        try {
            NARAYANA.rollback();
        } catch (SystemException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean containsProviderType(String provider) {
        return provider.equals("Narayana");
    }

    @Override
    public Object getType() {
        return TransactionType.XA.name();
    }

    @Override
    public void close() {
        sources.clear();
    }
}
