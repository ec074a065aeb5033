package io.hibernateshards.boot;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.cache.CaffeineRegionFactory;
import io.hibernateshards.internal.connection.ConnectionBudget;
import io.hibernateshards.internal.connection.ServerCheck;
import io.hibernateshards.internal.connection.UrlParameters;
import io.hibernateshards.internal.guard.ShardGuard;
import io.hibernateshards.internal.identity.Declared;
import io.hibernateshards.internal.identity.ShardIdentities;
import io.hibernateshards.internal.invalidation.Invalidations;
import io.hibernateshards.internal.jta.JtaConnections;
import io.hibernateshards.internal.jta.JtaTransactions;
import io.hibernateshards.internal.lookup.EntityLookups;
import io.hibernateshards.internal.mapping.MappingReader;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.reference.ReferenceTables;
import io.hibernateshards.internal.replica.SessionFreshness;
import io.hibernateshards.internal.replica.SessionFreshness.Arrivals;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.schema.GuardFailures;
import io.hibernateshards.internal.schema.ShardSchemas;
import io.hibernateshards.internal.session.ReferenceEvents;
import io.hibernateshards.internal.session.RepeatedFlush;
import io.hibernateshards.internal.session.ShardedSessionFactoryImpl;
import io.hibernateshards.internal.topology.FunctionText;
import java.util.List;
import org.hibernate.SessionFactory;
import org.hibernate.boot.SessionFactoryBuilder;
import org.hibernate.boot.internal.MetadataImpl;
import org.hibernate.boot.spi.AbstractDelegatingSessionFactoryBuilderImplementor;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.boot.spi.SessionFactoryBuilderImplementor;
import org.hibernate.engine.jdbc.spi.SqlExceptionHelper;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.transaction.jta.platform.spi.JtaPlatform;
import org.hibernate.tool.schema.Action;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds Hibernate's factory and wraps it. */
final class ShardedSessionFactoryBuilder
        extends AbstractDelegatingSessionFactoryBuilderImplementor<ShardedSessionFactoryBuilder> {
    private static final Logger LOG = LoggerFactory.getLogger(ShardedSessionFactoryBuilder.class);

    /** How long the tables of a shard may take to be dropped as the factory is closed: others may have locked them. */
    private static final int DROP_SECONDS = 60;

    private final MetadataImplementor metadata;
    private final SessionFactoryBuilder inner;
    private final ShardRuntime runtime;

    ShardedSessionFactoryBuilder(
            MetadataImplementor metadata, SessionFactoryBuilderImplementor inner, ShardRuntime runtime) {
        super(inner);
        this.metadata = metadata;
        this.inner = inner;
        this.runtime = runtime;
    }

    @Override
    protected ShardedSessionFactoryBuilder getThis() {
        return this;
    }

    @Override
    public SessionFactory build() {
        try {
            refuseHibernatesOwnClass();
            return sharded();
        } catch (RuntimeException | Error e) {
            runtime.stop(); // nobody else stops the registry of a persistence unit that failed to start
            throw e;
        }
    }

    /** The caller can only cast what it gets; nobody would close that. */
    private static void refuseHibernatesOwnClass() {
        boolean refused = StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("buildSessionFactory")
                        && frame.getClassName().equals(MetadataImpl.class.getName())));
        if (refused) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    "Metadata.buildSessionFactory(): it returns Hibernate's own class, which a factory over shards is"
                            + " not. Instead: metadata.getSessionFactoryBuilder().build()");
        }
    }

    private ShardIdentities identities(ShardSchemas schemas, List<String> readOnly) {
        Settings settings = runtime.settings();
        return new ShardIdentities(
                runtime.connections(),
                runtime.catalogs(),
                schemas,
                new Declared(
                        settings.topology(),
                        settings.placement(),
                        settings.catalogShard(),
                        settings.catalogShardSet(),
                        FunctionText.of(settings.functions()),
                        schemas.placements()),
                settings.adopt(),
                readOnly);
    }

    private SessionFactory sharded() {
        ShardMapping mapping =
                MappingReader.read(metadata, runtime, runtime.topology().shards());
        mapping.warnings().forEach(LOG::warn);
        runtime.settings().sources().forEach(source -> UrlParameters.warnings(
                        source, runtime.settings().lockTimeout().toMillis())
                .forEach(warning -> LOG.warn("{}: {}", source.described(), warning)));
        JtaConnections jta = runtime.jtaConnections();
        ShardSchemas schemas = new ShardSchemas(
                metadata,
                metadata.getMetadataBuildingOptions().getServiceRegistry(),
                runtime.given(),
                runtime::topology,
                mapping,
                runtime.connections()::schemaConnection,
                runtime.connections()::connectionApart,
                runtime.settings().guard());
        Action action = ShardSchemas.actionOf(runtime.given());
        List<String> readOnly = ServerCheck.run(runtime.connections().shards());
        if (action != Action.NONE && action != Action.VALIDATE) {
            ServerCheck.refuse(readOnly); // what is made below would fail
        }
        ShardIdentities identities = identities(schemas, readOnly);
        identities.start(ShardSchemas.dropsAll(action));
        runtime.placement().set(identities.topology(), identities.catalogShard());
        TransactionMode mode = runtime.twoPhase().start(runtime.settings().transactions(), jta != null);
        EntityLookups.check(mapping, mode);
        schemas.onSequencesChanged(runtime.ids()::forgetSequences);
        EntityLookups.Tables lookupTables = mapping.lookups().isEmpty()
                ? null
                : new EntityLookups.Tables(mapping, runtime.catalogs(), runtime.catalog());
        if (lookupTables != null) {
            schemas.onEmptying(lookupTables::empty);
        }
        schemas.run(action);
        identities.created();
        if (action != Action.DROP) {
            identities.compareTables();
        }
        runtime.placement().set(identities.topology(), identities.catalogShard());
        SessionFactoryImplementor built = (SessionFactoryImplementor) inner.build();
        try {
            Invalidations heard = Coherence.start(runtime, built);
            runtime.invalidations(heard);
            Router router = new Router(mapping, runtime::topology, built);
            runtime.ids().connect(router, runtime.catalog());
            ReferenceTables references = ReferenceTables.of(metadata, mapping, built.getSqlStringGenerationContext());
            ReferenceEvents.register(built, references);
            RepeatedFlush.register(built);
            SqlExceptionHelper failures = built.getJdbcServices().getSqlExceptionHelper();
            failures.setSqlExceptionConverter(runtime.connections()
                    .shutdown()
                    .converting(runtime.twoPhase()
                            .deadlocks()
                            .converting(GuardFailures.converting(failures.getSqlExceptionConverter()))));
            runtime.twoPhase().riders().setPositions(heard == null ? runtime.readers()::exist : shard -> true);
            runtime.twoPhase().riders().setClusters(runtime.connections().identities()::fingerprint);
            if (built.getCache().getRegionFactory() instanceof CaffeineRegionFactory regions) {
                runtime.twoPhase().recovery().onCommitted(regions::clear);
                if (heard == null) {
                    runtime.twoPhase().riders().setStatements(Coherence.alone(regions));
                }
                if (heard != null || runtime.readers().exist()) {
                    regions.freshness(new SessionFreshness(heard == null ? Arrivals.ALL : Coherence.arrivals(heard)));
                }
            }
            if (jta != null) {
                jta.onDoubt(runtime.twoPhase().riders()::doubt);
                jta.onCommittedElsewhere(runtime.twoPhase().riders()::committedElsewhere);
            }
            ConnectionBudget.check(
                    runtime.connections().shards(), runtime.settings().jvms());
            ShardGuard.register(built, router);
            EntityLookups lookups = lookupTables == null ? null : EntityLookups.start(lookupTables, built, router);
            if (lookups != null) {
                schemas.onEmptied(lookups::refresh);
            }
            return new ShardedSessionFactoryImpl(
                    built,
                    router,
                    runtime.settings().parallelism(),
                    runtime.settings().budget(),
                    mode,
                    runtime.twoPhase(),
                    lookups,
                    jta == null
                            ? null
                            : new JtaTransactions(built.getServiceRegistry().requireService(JtaPlatform.class), jta),
                    runtime.settings().cursors(),
                    references,
                    schemas.manager(),
                    runtime.settings().hotKeys(),
                    runtime.readers(),
                    runtime.settings().consistency(),
                    runtime.settings().observer(),
                    identities::identity,
                    () -> {
                        try {
                            if (action == Action.CREATE_DROP) {
                                runtime.connections().cutSessions();
                                ShardRuntime.bounded(DROP_SECONDS, () -> schemas.run(Action.DROP));
                            }
                        } finally {
                            runtime.stop();
                        }
                    });
        } catch (RuntimeException | Error e) {
            built.close();
            throw e;
        }
    }
}
