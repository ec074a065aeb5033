package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.scatter.SemanticsModel.Box;
import io.hibernateshards.internal.scatter.SemanticsModel.Label;
import io.hibernateshards.internal.scatter.SemanticsModel.Member;
import io.hibernateshards.internal.scatter.SemanticsModel.Nation;
import io.hibernateshards.internal.scatter.SemanticsModel.Seal;
import jakarta.persistence.CacheRetrieveMode;
import jakarta.persistence.CacheStoreMode;
import jakarta.persistence.EntityManager;
import jakarta.persistence.FlushModeType;
import jakarta.persistence.LockModeType;
import jakarta.persistence.SynchronizationType;
import jakarta.persistence.TypedQueryReference;
import jakarta.persistence.criteria.CriteriaDelete;
import jakarta.persistence.criteria.CriteriaQuery;
import jakarta.persistence.criteria.CriteriaUpdate;
import jakarta.transaction.Synchronization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.CacheMode;
import org.hibernate.FlushMode;
import org.hibernate.Hibernate;
import org.hibernate.LockMode;
import org.hibernate.OrderingMode;
import org.hibernate.ReadOnlyMode;
import org.hibernate.RemovalsMode;
import org.hibernate.ReplicationMode;
import org.hibernate.ScrollMode;
import org.hibernate.Session;
import org.hibernate.SessionCheckMode;
import org.hibernate.SessionFactory;
import org.hibernate.SharedSessionContract;
import org.hibernate.StatelessSession;
import org.hibernate.Transaction;
import org.hibernate.query.Order;
import org.hibernate.query.Page;
import org.hibernate.query.QueryFlushMode;
import org.hibernate.query.specification.MutationSpecification;
import org.hibernate.query.specification.ProjectionSpecification;
import org.hibernate.query.specification.SelectionSpecification;
import org.hibernate.query.specification.SimpleProjectionSpecification;
import org.jspecify.annotations.NullUnmarked;

/**
 * Calls of each method of sessions, queries and factories, with arguments that are wrong among them. Each answers the
 * same as plain Hibernate, or fails with the same type of exception, and leaves its transaction in the same state. Those
 * that change something are rolled back.
 */
@NullUnmarked // nulls are among the arguments
@SuppressWarnings({"deprecation", "removal", "unchecked", "rawtypes", "DoNotCallSuggester"})
final class SemanticsCalls {
    private static final String ALL = "from Box b order by b.id";
    private static final String UNION = "select b.size from Box b union select b.size from Box b";
    private static final String COUNT = "select count(b) from Box b";
    private static final String GATHERED =
            "select b.id, c.id from Box b, Crate c where b.size = c.size and b.id < 4 order by b.id, c.id";

    /** A call that an application makes on a session or factory. */
    @FunctionalInterface
    private interface Call<T> {
        Object of(T target) throws Exception;
    }

    private final BothSides sides;
    private int calls;

    private SemanticsCalls(BothSides sides) {
        this.sides = sides;
    }

    /**
     * Makes all calls on both sides.
     *
     * @return a line for each that differs
     */
    static List<String> differences(BothSides sides) {
        SemanticsCalls all = new SemanticsCalls(sides);
        all.make();
        assertThat(all.calls).isGreaterThan(1_000);
        return all.differences;
    }

    private final List<String> differences = new ArrayList<>();

    private void make() {
        finds();
        entitiesAndLife();
        options();
        making();
        running();
        modes();
        statelessSessions();
        factories();
    }

    /** Plain Hibernate's own assertion failed, so the call has no right answer. */
    private static final String ASSERTED = AssertionError.class.getSimpleName();

    private void same(String name, Function<SessionFactory, String> call) {
        calls++;
        String plain = call.apply(sides.plain);
        if (plain.startsWith(ASSERTED)) {
            return;
        }
        String sharded = call.apply(sides.sharded);
        if (!plain.equals(sharded)) {
            differences.add(name + ": plain " + plain + ", sharded " + sharded);
        }
    }

    private void factory(String name, Call<SessionFactory> call) {
        same(name, factory -> answer(factory, call, factory));
    }

    /** With a transaction and without one. */
    private void session(String name, Call<Session> call) {
        transaction(name, call);
        same("outside " + name, factory -> {
            try (Session session = factory.openSession()) {
                return answer(factory, call, session) + status(session);
            }
        });
    }

    private void transaction(String name, Call<Session> call) {
        same(name, factory -> {
            try (Session session = factory.openSession()) {
                return rolledBack(factory, call, session);
            }
        });
    }

    private void stateless(String name, Call<StatelessSession> call) {
        statelessTransaction(name, call);
        same("stateless outside " + name, factory -> {
            try (StatelessSession session = factory.openStatelessSession()) {
                return answer(factory, call, session) + status(session);
            }
        });
    }

    private void statelessTransaction(String name, Call<StatelessSession> call) {
        same("stateless " + name, factory -> {
            try (StatelessSession session = factory.openStatelessSession()) {
                return rolledBack(factory, call, session);
            }
        });
    }

    private static <S extends SharedSessionContract> String rolledBack(
            SessionFactory factory, Call<S> call, S session) {
        Transaction transaction = session.beginTransaction();
        String all = answer(factory, call, session) + status(session);
        if (session.isOpen() && transaction.getStatus().canRollback()) {
            transaction.rollback();
        }
        return all;
    }

    private static String status(SharedSessionContract session) {
        return session.isOpen() ? ", then " + session.getTransaction().getStatus() : ", then closed";
    }

    /** The answer as text, or the type of the exception. */
    private static <T> String answer(SessionFactory factory, Call<T> call, T target) {
        try {
            Object answer = call.of(target);
            return BothSides.text(answer instanceof Stream<?> stream ? stream.toList() : answer, factory);
        } catch (Exception e) {
            return e.getClass().getSimpleName();
        } catch (AssertionError e) {
            return ASSERTED;
        }
    }

    private static String name(Object answer) {
        return answer == null ? "null" : answer.getClass().getSimpleName();
    }

    private void finds() {
        session("find", s -> s.find(Box.class, 1L));
        session("find missing", s -> s.find(Box.class, 99L));
        session("find null", s -> s.find(Box.class, null));
        session("find null class", s -> s.find((Class<Box>) null, 1L));
        session("find int id", s -> s.find(Box.class, 1));
        session("find non entity", s -> s.find(String.class, 1L));
        session("find unknown name", s -> s.find("Nope", 1L));
        session("find by name", s -> s.find("Box", 1L));
        session("find by full name", s -> s.find(Box.class.getName(), 1L));
        session("find lock", s -> s.find(Box.class, 1L, LockModeType.PESSIMISTIC_WRITE));
        session("find optimistic", s -> s.find(Box.class, 1L, LockModeType.OPTIMISTIC));
        session("find optimistic unversioned", s -> s.find(Member.class, 1L, LockModeType.OPTIMISTIC));
        session("find null lock", s -> s.find(Box.class, 1L, (LockModeType) null));
        session(
                "find props",
                s -> s.find(Box.class, 1L, Map.of("jakarta.persistence.cache.retrieveMode", CacheRetrieveMode.BYPASS)));
        session("find bad props", s -> s.find(Box.class, 1L, Map.of("jakarta.persistence.lock.timeout", "x")));
        session("find null props", s -> s.find(Box.class, 1L, (Map<String, Object>) null));
        session("find options", s -> s.find(Box.class, 1L, ReadOnlyMode.READ_ONLY));
        session("find options read only?", s -> s.isReadOnly(s.find(Box.class, 1L, ReadOnlyMode.READ_ONLY)));
        session("find member", s -> s.find(Member.class, 1L));
        session("find member missing", s -> s.find(Member.class, 99L));
        session("find member null", s -> s.find(Member.class, null));
        session("get", s -> s.get(Box.class, 1L));
        session("get null", s -> s.get(Box.class, null));
        session("get member null", s -> s.get(Member.class, null));
        session("getReference", s -> Hibernate.isInitialized(s.getReference(Box.class, 99L)));
        session("getReference null", s -> s.getReference(Box.class, null));
        session("getReference member null", s -> s.getReference(Member.class, null));
        session("getReference null class", s -> s.getReference((Class<Box>) null, 1L));
        session("getReference non entity", s -> s.getReference(String.class, 1L));
        session(
                "getReference use missing",
                s -> s.getReference(Box.class, 99L).crates.size());
        session("getReference name missing", s -> {
            Object o = s.getReference(Box.class, 99L);
            Hibernate.initialize(o);
            return o;
        });
        session("getReference object", s -> s.getReference(new Box(2)));
        session("findMultiple", s -> s.findMultiple(Box.class, List.of(1L, 99L, 3L, 1L)));
        session(
                "findMultiple unordered",
                s -> new TreeSet<>(s.findMultiple(Box.class, List.of(1L, 99L, 3L), OrderingMode.UNORDERED).stream()
                        .map(b -> b == null ? "null" : "" + b.id)
                        .toList()));
        session("findMultiple unordered dup", s -> s.findMultiple(
                        Box.class, List.of(1L, 1L, 3L, 3L), OrderingMode.UNORDERED)
                .size());
        session("findMultiple null list", s -> s.findMultiple(Box.class, null));
        session("findMultiple empty", s -> s.findMultiple(Box.class, List.of()));
        session("findMultiple members", s -> s.findMultiple(Member.class, List.of(5L, 99L, 2L)));
        session("findMultiple members null", s -> s.findMultiple(Member.class, Arrays.asList(5L, null, 2L)));
        for (RemovalsMode r : RemovalsMode.values())
            for (OrderingMode o : OrderingMode.values())
                for (SessionCheckMode c : SessionCheckMode.values())
                    for (Class<?> type : List.of(Box.class, Member.class, Nation.class))
                        for (boolean flushed : new boolean[] {false, true})
                            transaction(
                                    "findMultiple " + type.getSimpleName() + " removed " + r + o + c + flushed, s -> {
                                        Object id = type == Nation.class ? (Object) 2 : 2L,
                                                other = type == Nation.class ? (Object) 1 : 3L,
                                                missing = type == Nation.class ? (Object) 77 : 99L;
                                        if (type != Nation.class) s.remove(s.find(type, id));
                                        if (type == Box.class) {
                                            s.remove(s.find(Label.class, id));
                                            s.remove(s.find(Seal.class, id));
                                            Hibernate.initialize(s.find(Box.class, id).crates);
                                        }
                                        if (flushed) s.flush();
                                        List<?> l = s.findMultiple(
                                                (Class<Object>) type, List.of(id, other, missing), r, o, c);
                                        return l.stream()
                                                        .map(x -> x == null
                                                                ? "null"
                                                                : s.getIdentifier(x)
                                                                        + (s.contains(x) ? "" : " removed"))
                                                        .sorted()
                                                        .toList()
                                                + (o == OrderingMode.ORDERED ? "" + (l.get(0) == null) : "");
                                    });
        session("byMultipleIds unordered removed", s -> {
            s.remove(s.find(Member.class, 2L));
            return s
                    .byMultipleIds(Member.class)
                    .enableOrderedReturn(false)
                    .enableSessionCheck(true)
                    .multiLoad(2L, 3L, 99L)
                    .stream()
                    .map(x -> x == null ? "null" : x.id + "")
                    .sorted()
                    .toList();
        });
        session("byMultipleIds ordered removed", s -> {
            s.remove(s.find(Member.class, 2L));
            return s.byMultipleIds(Member.class).enableReturnOfDeletedEntities(true).multiLoad(2L, 3L, 99L).stream()
                    .map(x -> x == null ? "null" : x.id + "")
                    .toList();
        });
        session("byMultipleIds session check", s -> {
            s.remove(s.find(Member.class, 2L));
            return s.byMultipleIds(Member.class).enableSessionCheck(true).multiLoad(2L, 3L, 99L).stream()
                    .map(x -> x == null ? "null" : x.id + "")
                    .toList();
        });
        session("byId load", s -> s.byId(Box.class).load(1L));
        session("byId load null", s -> s.byId(Box.class).load(null));
        session("byId member load null", s -> s.byId(Member.class).load(null));
        session("byId optional", s -> s.byId(Box.class).loadOptional(99L).isPresent());
        session("byId reference", s -> s.byId(Box.class).getReference(99L).getClass() != null);
        session(
                "byNaturalId",
                s -> s.byNaturalId(Nation.class).using("code", "se").load());
        session("bySimpleNaturalId", s -> s.bySimpleNaturalId(Nation.class).load("se"));
        session("bySimpleNaturalId missing", s -> s.bySimpleNaturalId(Nation.class)
                .load("xx"));
        session("bySimpleNaturalId null", s -> s.bySimpleNaturalId(Nation.class).load(null));
        session("byNaturalId no such", s -> s.byNaturalId(Box.class));
        session("byNaturalId missing part", s -> s.byNaturalId(Nation.class).load());
    }

    private void entitiesAndLife() {
        session("persist null", s -> {
            s.persist(null);
            return "ok";
        });
        session("persist non entity", s -> {
            s.persist("x");
            return "ok";
        });
        session("persist name", s -> {
            s.persist("Box", new Box(100));
            return "ok";
        });
        session("persist null name", s -> {
            s.persist((String) null, new Box(100));
            return "ok";
        });
        session("persist detached", s -> {
            Box b = s.find(Box.class, 1L);
            s.detach(b);
            s.persist(b);
            s.flush();
            return "ok";
        });
        session("merge null", s -> s.merge(null));
        session("merge non entity", s -> s.merge("x"));
        session("merge removed", s -> {
            Box b = s.find(Box.class, 5L);
            s.remove(b);
            return s.merge(b);
        });
        session("merge stale", s -> {
            Box b = new Box(1);
            b.version = 77;
            return s.merge(b);
        });
        session("remove null", s -> {
            s.remove(null);
            return "ok";
        });
        session("remove non entity", s -> {
            s.remove("x");
            return "ok";
        });
        session("remove transient", s -> {
            s.remove(new Box(555));
            s.flush();
            return "ok";
        });
        session("remove detached", s -> {
            Member m = s.find(Member.class, 1L);
            s.detach(m);
            s.remove(m);
            s.flush();
            return "ok";
        });
        session("remove then find", s -> {
            Member m = s.find(Member.class, 1L);
            s.remove(m);
            return s.find(Member.class, 1L);
        });
        session("remove then persist", s -> {
            Member m = s.find(Member.class, 1L);
            s.remove(m);
            s.persist(m);
            s.flush();
            return s.contains(m);
        });
        session("remove then reference", s -> {
            Member m = s.find(Member.class, 1L);
            s.remove(m);
            return s.getReference(Member.class, 1L) == m;
        });
        session("refresh null", s -> {
            s.refresh(null);
            return "ok";
        });
        session("refresh transient", s -> {
            s.refresh(new Box(7));
            return "ok";
        });
        session("refresh removed", s -> {
            Member m = s.find(Member.class, 1L);
            s.remove(m);
            s.refresh(m);
            return "ok";
        });
        session("refresh", s -> {
            Box b = s.find(Box.class, 1L);
            b.name = "zz";
            s.refresh(b);
            return b.name;
        });
        session("refresh lock", s -> {
            Box b = s.find(Box.class, 1L);
            s.refresh(b, LockModeType.PESSIMISTIC_READ);
            return s.getCurrentLockMode(b);
        });
        session("detach null", s -> {
            s.detach(null);
            return "ok";
        });
        session("detach non entity", s -> {
            s.detach("x");
            return "ok";
        });
        session("detach transient", s -> {
            s.detach(new Box(7));
            return "ok";
        });
        session("evict null", s -> {
            s.evict(null);
            return "ok";
        });
        session("contains null", s -> s.contains(null));
        session("contains non entity", s -> s.contains("x"));
        session("contains transient", s -> s.contains(new Box(7)));
        session("contains name", s -> s.contains("Box", s.find(Box.class, 1L)));
        session("contains unknown name", s -> s.contains("Nope", s.find(Box.class, 1L)));
        session("contains removed", s -> {
            Member m = s.find(Member.class, 1L);
            s.remove(m);
            return s.contains(m);
        });
        session("lock null", s -> {
            s.lock(null, LockMode.READ);
            return "ok";
        });
        session("lock", s -> {
            Box b = s.find(Box.class, 1L);
            s.lock(b, LockModeType.PESSIMISTIC_WRITE);
            return s.getCurrentLockMode(b);
        });
        session("lock detached", s -> {
            Box b = s.find(Box.class, 1L);
            s.detach(b);
            s.lock(b, LockModeType.PESSIMISTIC_WRITE);
            return "ok";
        });
        session("lock transient", s -> {
            s.lock(new Box(555), LockMode.PESSIMISTIC_WRITE);
            return "ok";
        });
        session("lock none", s -> {
            Box b = s.find(Box.class, 1L);
            s.lock(b, LockModeType.NONE);
            return s.getCurrentLockMode(b);
        });
        session("lock mode transient", s -> s.getLockMode(new Box(7)));
        session("lock mode null", s -> s.getLockMode(null));
        session("current lock mode transient", s -> s.getCurrentLockMode(new Box(7)));
        session("current lock mode null", s -> s.getCurrentLockMode(null));
        session("identifier transient", s -> s.getIdentifier(new Box(7)));
        session("identifier null", s -> s.getIdentifier(null));
        session("identifier", s -> s.getIdentifier(s.find(Box.class, 1L)));
        session("entity name null", s -> s.getEntityName(null));
        session("entity name transient", s -> s.getEntityName(new Box(7)));
        session("entity name", s -> s.getEntityName(s.find(Box.class, 1L)));
        session("is read only transient", s -> s.isReadOnly(new Box(7)));
        session("is read only null", s -> s.isReadOnly(null));
        session("set read only transient", s -> {
            s.setReadOnly(new Box(7), true);
            return "ok";
        });
        session("set read only null", s -> {
            s.setReadOnly(null, true);
            return "ok";
        });
        session("read only", s -> {
            Box b = s.find(Box.class, 1L);
            s.setReadOnly(b, true);
            return s.isReadOnly(b);
        });
        session("default read only", s -> {
            s.setDefaultReadOnly(true);
            return s.isDefaultReadOnly() + " " + s.isReadOnly(s.find(Box.class, 1L))
                    + s.isReadOnly(s.createQuery("from Member where id = 1", Member.class)
                            .getSingleResult());
        });
        session("replicate", s -> {
            s.replicate(new Box(1), ReplicationMode.IGNORE);
            return "ok";
        });
        session("replicate null", s -> {
            s.replicate(null, ReplicationMode.IGNORE);
            return "ok";
        });
        session("managed", s -> {
            s.find(Box.class, 1L);
            s.find(Member.class, 1L);
            return s.getManagedEntities().size() + " "
                    + s.getManagedEntities(Box.class).size() + " "
                    + s.getManagedEntities("Box").size();
        });
        session("statistics", s -> {
            s.find(Box.class, 1L);
            s.find(Box.class, 2L);
            return s.getStatistics().getEntityCount() + " " + s.getStatistics().getCollectionCount();
        });
        session("flush", s -> {
            s.flush();
            return "ok";
        });
        session("flush after", s -> {
            s.find(Box.class, 1L).name = "u";
            s.flush();
            return "ok";
        });
        session("dirty", s -> {
            boolean a = s.isDirty();
            s.find(Box.class, 1L).name = "u";
            return a + " " + s.isDirty();
        });
        session("clear", s -> {
            Box b = s.find(Box.class, 1L);
            s.clear();
            return s.contains(b);
        });
        session("connected", s -> s.isConnected());
        session("joined", s -> s.isJoinedToTransaction());
        session("join", s -> {
            s.joinTransaction();
            return "ok";
        });
        session("begin", s -> s.beginTransaction().getStatus());
        session("begin twice by transaction", s -> {
            s.getTransaction().begin();
            return s.getTransaction().getStatus();
        });
        session("commit", s -> {
            s.getTransaction().commit();
            return s.getTransaction().getStatus();
        });
        session("rollback", s -> {
            s.getTransaction().rollback();
            return s.getTransaction().getStatus();
        });
        session("rollback twice", s -> {
            s.getTransaction().rollback();
            s.getTransaction().rollback();
            return s.getTransaction().getStatus();
        });
        session("commit twice", s -> {
            s.getTransaction().commit();
            s.getTransaction().commit();
            return s.getTransaction().getStatus();
        });
        session("set rollback only", s -> {
            s.getTransaction().setRollbackOnly();
            return s.getTransaction().getRollbackOnly() + " "
                    + s.getTransaction().getStatus();
        });
        session("mark rollback only", s -> {
            s.getTransaction().markRollbackOnly();
            return s.getTransaction().getRollbackOnly() + " "
                    + s.getTransaction().getStatus();
        });
        session("commit rollback only", s -> {
            s.getTransaction().setRollbackOnly();
            s.getTransaction().commit();
            return s.getTransaction().getStatus();
        });
        session("get rollback only", s -> s.getTransaction().getRollbackOnly());
        session("transaction timeout", s -> {
            s.getTransaction().setTimeout(7);
            return s.getTransaction().getTimeout();
        });
        session("transaction timeout none", s -> s.getTransaction().getTimeout());
        session(
                "transaction active complete",
                s -> s.getTransaction().isActive() + " " + s.getTransaction().isComplete()
                        + s.getTransaction().wasStarted() + s.getTransaction().wasSuccessful()
                        + s.getTransaction().wasFailure() + s.getTransaction().isInCompletionProcess());
        session("transaction after commit", s -> {
            var t = s.getTransaction();
            t.commit();
            return t.isActive() + " " + t.isComplete() + t.wasStarted() + t.wasSuccessful() + t.wasFailure()
                    + t.isInCompletionProcess() + t.getStatus();
        });
        session("transaction after rollback", s -> {
            var t = s.getTransaction();
            t.rollback();
            return t.isActive() + " " + t.isComplete() + t.wasStarted() + t.wasSuccessful() + t.wasFailure()
                    + t.isInCompletionProcess() + t.getStatus();
        });
        session("register sync null", s -> {
            s.getTransaction().registerSynchronization(null);
            return "ok";
        });
        session("register sync", s -> {
            s.getTransaction().registerSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {}

                @Override
                public void afterCompletion(int i) {}
            });
            return "ok";
        });
        session("run before/after completion", s -> {
            StringBuilder b = new StringBuilder();
            s.getTransaction().runBeforeCompletion(() -> b.append("b"));
            s.getTransaction().runAfterCompletion(x -> b.append(x));
            s.getTransaction().commit();
            return b;
        });
        session("run after completion of rollback", s -> {
            StringBuilder b = new StringBuilder();
            s.getTransaction().runBeforeCompletion(() -> b.append("b"));
            s.getTransaction().runAfterCompletion(x -> b.append(x));
            s.getTransaction().rollback();
            return b;
        });
        session("close twice", s -> {
            s.close();
            s.close();
            return "ok";
        });
        session("use closed find", s -> {
            s.close();
            return s.find(Box.class, 1L);
        });
        session("use closed query", s -> {
            s.close();
            return s.createQuery("from Box", Box.class);
        });
        session("use closed native", s -> {
            s.close();
            return s.createNativeQuery("select 1", Object.class);
        });
        session("use closed flush mode", s -> {
            s.close();
            return s.getFlushMode();
        });
        session("use closed hflush mode", s -> {
            s.close();
            return s.getHibernateFlushMode();
        });
        session("use closed set flush mode", s -> {
            s.close();
            s.setFlushMode(FlushModeType.COMMIT);
            return "ok";
        });
        session("use closed cache mode", s -> {
            s.close();
            return s.getCacheMode();
        });
        session("use closed set cache mode", s -> {
            s.close();
            s.setCacheMode(CacheMode.GET);
            return "ok";
        });
        session("use closed transaction", s -> {
            s.close();
            return s.getTransaction().getStatus();
        });
        session("use closed begin", s -> {
            s.close();
            s.beginTransaction();
            return "ok";
        });
        session("use closed clear", s -> {
            s.close();
            s.clear();
            return "ok";
        });
        session("use closed contains", s -> {
            s.close();
            return s.contains(new Box(1));
        });
        session("use closed properties", s -> {
            s.close();
            return s.getProperties().size() > 0;
        });
        session("use closed factory", s -> {
            s.close();
            return s.getSessionFactory() != null;
        });
        session("use closed emf", s -> {
            s.close();
            return s.getEntityManagerFactory() != null;
        });
        session("use closed cb", s -> {
            s.close();
            return s.getCriteriaBuilder() != null;
        });
        session("use closed metamodel", s -> {
            s.close();
            return s.getMetamodel() != null;
        });
        session("use closed unwrap", s -> {
            s.close();
            return s.unwrap(Session.class) != null;
        });
        session("use closed delegate", s -> {
            s.close();
            return s.getDelegate() != null;
        });
        session("use closed flush", s -> {
            s.close();
            s.flush();
            return "ok";
        });
        session("use closed persist", s -> {
            s.close();
            s.persist(new Box(777));
            return "ok";
        });
        session("use closed refresh", s -> {
            s.close();
            s.refresh(new Box(777));
            return "ok";
        });
        session("use closed detach", s -> {
            s.close();
            s.detach(new Box(777));
            return "ok";
        });
        session("use closed identifier", s -> {
            s.close();
            return s.getIdentifier(new Box(777));
        });
        session("use closed connected", s -> {
            s.close();
            return s.isConnected();
        });
        session("use closed dirty", s -> {
            s.close();
            return s.isDirty();
        });
        session("use closed joined", s -> {
            s.close();
            return s.isJoinedToTransaction();
        });
        session("use closed join", s -> {
            s.close();
            s.joinTransaction();
            return "ok";
        });
        session("use closed filter", s -> {
            s.close();
            return s.getEnabledFilter("none");
        });
        session("use closed profile", s -> {
            s.close();
            return s.isFetchProfileEnabled("withLabel");
        });
        session("use closed batch", s -> {
            s.close();
            return s.getJdbcBatchSize();
        });
        session("use closed graph", s -> {
            s.close();
            return s.createEntityGraph(Box.class) != null;
        });
        session("use closed cancel", s -> {
            s.close();
            s.cancelQuery();
            return "ok";
        });
        session("use closed read only", s -> {
            s.close();
            return s.isDefaultReadOnly();
        });
        session("use closed set read only", s -> {
            s.close();
            s.setDefaultReadOnly(true);
            return "ok";
        });
    }

    private void options() {
        session(
                "flush mode",
                s -> s.getFlushMode() + " " + s.getHibernateFlushMode() + s.getCacheMode() + s.getCacheStoreMode()
                        + s.getCacheRetrieveMode() + s.getJdbcBatchSize() + s.getFetchBatchSize()
                        + s.isSubselectFetchingEnabled());
        session("set flush mode", s -> {
            s.setFlushMode(FlushModeType.COMMIT);
            return s.getFlushMode() + " " + s.getHibernateFlushMode();
        });
        for (FlushMode m : FlushMode.values())
            session("set hflush mode " + m, s -> {
                s.setHibernateFlushMode(m);
                return s.getFlushMode() + " " + s.getHibernateFlushMode();
            });
        for (CacheMode m : CacheMode.values())
            session("set cache mode " + m, s -> {
                s.setCacheMode(m);
                return s.getCacheMode() + " " + s.getCacheRetrieveMode() + s.getCacheStoreMode();
            });
        session("cache store mode", s -> {
            s.setCacheStoreMode(CacheStoreMode.REFRESH);
            return s.getCacheMode() + " " + s.getCacheStoreMode();
        });
        session("cache store mode null", s -> {
            s.setCacheStoreMode(null);
            return s.getCacheMode() + " " + s.getCacheStoreMode();
        });
        session("cache retrieve mode", s -> {
            s.setCacheRetrieveMode(CacheRetrieveMode.BYPASS);
            return s.getCacheMode() + " " + s.getCacheRetrieveMode();
        });
        session("batch", s -> {
            s.setJdbcBatchSize(7);
            return s.getJdbcBatchSize();
        });
        session("fetch batch", s -> {
            s.setFetchBatchSize(7);
            return s.getFetchBatchSize();
        });
        session("subselect", s -> {
            s.setSubselectFetchingEnabled(true);
            return s.isSubselectFetchingEnabled();
        });
        session("properties", s -> {
            s.setProperty("org.hibernate.flushMode", "COMMIT");
            return s.getHibernateFlushMode() + " " + s.getProperties().get("org.hibernate.flushMode");
        });
        session("properties all", s -> new TreeSet<>(s.getProperties().keySet()));
        session("set property null", s -> {
            s.setProperty(null, "x");
            return "ok";
        });
        session("set property unknown", s -> {
            s.setProperty("unknown", "x");
            return s.getProperties().get("unknown");
        });
        session("set property unserializable", s -> {
            s.setProperty("unknown", new Object());
            return s.getProperties().containsKey("unknown");
        });
        session("set property bad", s -> {
            s.setProperty("org.hibernate.flushMode", "NOPE");
            return "ok";
        });
        session("set property cache", s -> {
            s.setProperty("jakarta.persistence.cache.storeMode", "REFRESH");
            return s.getCacheMode();
        });
        session("set property lock timeout", s -> {
            s.setProperty("jakarta.persistence.lock.timeout", 500);
            return s.getProperties().get("jakarta.persistence.lock.timeout");
        });
        session("enable filter unknown", s -> s.enableFilter("nope"));
        session("enabled filter unknown", s -> s.getEnabledFilter("nope"));
        session("disable filter unknown", s -> {
            s.disableFilter("nope");
            return "ok";
        });
        session("profile", s -> {
            s.enableFetchProfile("withLabel");
            boolean a = s.isFetchProfileEnabled("withLabel");
            s.disableFetchProfile("withLabel");
            return a + " " + s.isFetchProfileEnabled("withLabel");
        });
        session("profile unknown", s -> {
            s.enableFetchProfile("nope");
            return "ok";
        });
        session("profile unknown is", s -> s.isFetchProfileEnabled("nope"));
        session("profile unknown disable", s -> {
            s.disableFetchProfile("nope");
            return "ok";
        });
        session("profile works", s -> {
            s.enableFetchProfile("withLabel");
            return Hibernate.isInitialized(s.find(Box.class, 1L).crates);
        });
        session("profile works for others", s -> {
            s.find(Box.class, 1L);
            s.enableFetchProfile("withLabel");
            return Hibernate.isInitialized(s.find(Box.class, 2L).crates) + ""
                    + Hibernate.isInitialized(s.find(Box.class, 3L).crates)
                    + Hibernate.isInitialized(s.find(Box.class, 4L).crates);
        });
        session("unwrap null", s -> s.unwrap(null));
        session("unwrap string", s -> s.unwrap(String.class));
        session("unwrap object", s -> s.unwrap(Object.class) == s);
        session("tenant", s -> s.getTenantIdentifier());
        session("graph unknown", s -> s.createEntityGraph("nope"));
        session("graph get unknown", s -> s.getEntityGraph("nope"));
        session("graphs", s -> s.getEntityGraphs(Box.class));
        session("graphs non entity", s -> s.getEntityGraphs(String.class));
        session("graph non entity", s -> s.createEntityGraph(String.class));
        session("find graph", s -> {
            var g = s.createEntityGraph(Box.class);
            g.addSubgraph("crates");
            return Hibernate.isInitialized(s.find(g, 1L).crates);
        });
        session("find hint graph", s -> {
            var g = s.createEntityGraph(Box.class);
            g.addSubgraph("crates");
            return Hibernate.isInitialized(s.find(Box.class, 1L, Map.of("jakarta.persistence.loadgraph", g)).crates);
        });
        session("cancel", s -> {
            s.cancelQuery();
            return "ok";
        });
        session("lob helper", s -> s.getLobHelper() != null);
    }

    private void making() {
        for (String bad : List.of(
                "nonsense",
                "from Nope",
                "from Box b where b.nope = 1",
                "select",
                "",
                "update Box b set b.nope = 1",
                "from Box b where b.id = :",
                "select b.id b.name from Box b",
                "from Box b where b.id = 'x'")) {
            session("createQuery " + bad, s -> s.createQuery(bad));
            session("createQuery typed " + bad, s -> s.createQuery(bad, Box.class));
            session("createSelectionQuery " + bad, s -> s.createSelectionQuery(bad));
            session("createSelectionQuery typed " + bad, s -> s.createSelectionQuery(bad, Box.class));
            session("createMutationQuery " + bad, s -> s.createMutationQuery(bad));
            statelessTransaction("createQuery " + bad, s -> s.createQuery(bad));
            statelessTransaction("createSelectionQuery " + bad, s -> s.createSelectionQuery(bad, Box.class));
            statelessTransaction("createMutationQuery " + bad, s -> s.createMutationQuery(bad));
        }
        session("createQuery null", s -> s.createQuery((String) null));
        session("createQuery null typed", s -> s.createQuery((String) null, Box.class));
        session(
                "createQuery null type",
                s -> name(s.createQuery("from Box", (Class<Box>) null).list().get(0)));
        session("createQuery wrong type", s -> s.createQuery("from Box", String.class));
        session("createSelectionQuery wrong type", s -> s.createSelectionQuery("from Box", String.class));
        session("createSelectionQuery null type", s -> s.createSelectionQuery("from Box", (Class<Box>) null)
                .getResultList()
                .size());
        session("createQuery of update typed", s -> s.createQuery("update Box b set b.name = 'x'", Box.class));
        session("createQuery of update", s -> s.createQuery("update Box b set b.name = 'x'") != null);
        session(
                "createSelectionQuery of update",
                s -> s.createSelectionQuery("update Box b set b.name = 'x'", Box.class));
        session("createSelectionQuery of update untyped", s -> s.createSelectionQuery("update Box b set b.name = 'x'"));
        session("createMutationQuery of select", s -> s.createMutationQuery("from Box"));
        session("createNamedQuery unknown", s -> s.createNamedQuery("nope"));
        session("createNamedQuery unknown typed", s -> s.createNamedQuery("nope", Box.class));
        session("createNamedQuery null", s -> s.createNamedQuery(null));
        session("createNamedQuery null type", s -> s.createNamedQuery("members", null));
        session("createNamedQuery wrong type", s -> s.createNamedQuery("members", Box.class));
        session(
                "createNamedQuery",
                s -> s.createNamedQuery("members", Member.class).list().size());
        session(
                "createNamedQuery untyped",
                s -> s.createNamedQuery("members").list().size());
        session("createNamedQuery of mutation", s -> s.createNamedQuery("retire") != null);
        session("createNamedQuery of mutation typed", s -> s.createNamedQuery("retire", Member.class));
        session("createNamedSelectionQuery unknown", s -> s.createNamedSelectionQuery("nope"));
        session("createNamedSelectionQuery null", s -> s.createNamedSelectionQuery(null));
        session("createNamedSelectionQuery unknown typed", s -> s.createNamedSelectionQuery("nope", Box.class));
        session(
                "createNamedSelectionQuery",
                s -> s.createNamedSelectionQuery("members").getResultList().size());
        session("createNamedSelectionQuery typed", s -> s.createNamedSelectionQuery("members", Member.class)
                .getResultList()
                .size());
        session("createNamedSelectionQuery null type", s -> s.createNamedSelectionQuery("members", null)
                .getResultList()
                .size());
        session("createNamedSelectionQuery of mutation", s -> s.createNamedSelectionQuery("retire"));
        session(
                "createNamedSelectionQuery of mutation typed",
                s -> s.createNamedSelectionQuery("retire", Member.class));
        session("createNamedSelectionQuery wrong type", s -> s.createNamedSelectionQuery("members", Box.class));
        session("createNamedMutationQuery of select", s -> s.createNamedMutationQuery("members"));
        session("createNamedMutationQuery unknown", s -> s.createNamedMutationQuery("nope"));
        session("createNamedMutationQuery null", s -> s.createNamedMutationQuery(null));
        session("createNamedMutationQuery", s -> s.createNamedMutationQuery("retire")
                .executeUpdate());
        session("createNamedMutationQuery native select", s -> s.createNamedMutationQuery("nativeMembers"));
        session("createNamedSelectionQuery native", s -> s.createNamedSelectionQuery("nativeMembers") != null);
        session("getNamedQuery", s -> s.getNamedQuery("members").list().size());
        session("getNamedQuery unknown", s -> s.getNamedQuery("nope"));
        session("getNamedNativeQuery unknown", s -> s.getNamedNativeQuery("nope"));
        session("getNamedNativeQuery hql", s -> s.getNamedNativeQuery("members"));
        session("createNativeQuery null", s -> s.createNativeQuery((String) null));
        session("createNativeQuery mapping unknown", s -> s.createNativeQuery("select 1", "nope"));
        session("createNativeQuery mapping null", s -> s.createNativeQuery("select 1", (String) null));
        session("createNativeMutationQuery of select", s -> s.createNativeMutationQuery("select 1") != null);
        session("named stored procedure unknown", s -> s.createNamedStoredProcedureQuery("nope"));
        session("createQuery criteria null", s -> s.createQuery((CriteriaQuery<Box>) null));
        session("createQuery update null", s -> s.createQuery((CriteriaUpdate<Box>) null));
        session("createQuery delete null", s -> s.createQuery((CriteriaDelete<Box>) null));
        session(
                "criteria without root",
                s -> s.createQuery(s.getCriteriaBuilder().createQuery(Box.class)));
        session("criteria without selection", s -> {
            var q = s.getCriteriaBuilder().createQuery(Box.class);
            q.from(Box.class);
            return s.createQuery(q).getResultList().size();
        });
        session("criteria two roots without selection", s -> {
            var q = s.getCriteriaBuilder().createQuery(Object.class);
            q.from(Box.class);
            q.from(Member.class);
            return s.createQuery(q).getResultList().size();
        });
        session("criteria reference null", s -> s.createQuery((TypedQueryReference<Box>) null));
    }

    private void running() {
        List<String> queries = List.of(
                ALL,
                COUNT,
                "from Box b where b.id = 3",
                "from Box b where b.id = 99",
                GATHERED,
                UNION,
                "select b.size, count(*) from Box b group by b.size order by b.size",
                "from Member m order by m.id",
                "select distinct b.name from Box b order by b.name");
        for (String q : queries) {
            session("list " + q, s -> s.createQuery(q, Object.class).list().size());
            session("count " + q, s -> s.createSelectionQuery(q, Object.class).getResultCount());
            session("count twice after list " + q, s -> {
                s.createSelectionQuery("select b.id from Box b where b.size > 0", Object.class)
                        .getResultList();
                return s.createSelectionQuery(q, Object.class).getResultCount()
                        + s.createSelectionQuery(q, Object.class).getResultCount();
            });
            session("count with page " + q, s -> s.createSelectionQuery(q, Object.class)
                    .setFirstResult(1)
                    .setMaxResults(2)
                    .getResultCount());
            session("single " + q, s -> s.createQuery(q, Object.class).getSingleResult());
            session("single or null " + q, s -> s.createQuery(q, Object.class).getSingleResultOrNull());
            session("unique " + q, s -> s.createQuery(q, Object.class).uniqueResult());
            session(
                    "unique optional " + q,
                    s -> s.createQuery(q, Object.class).uniqueResultOptional().isPresent());
            session("stream " + q, s -> s.createQuery(q, Object.class).stream().count());
            session("scroll " + q, s -> {
                try (var c = s.createQuery(q, Object.class).scroll()) {
                    int n = 0;
                    while (c.next()) n++;
                    return n;
                }
            });
            session("scroll forward " + q, s -> {
                try (var c = s.createQuery(q, Object.class).scroll(ScrollMode.FORWARD_ONLY)) {
                    int n = 0;
                    while (c.next()) n++;
                    return n;
                }
            });
            session("scroll forward back " + q, s -> {
                try (var c = s.createQuery(q, Object.class).scroll(ScrollMode.FORWARD_ONLY)) {
                    c.next();
                    return c.previous();
                }
            });
            session("scroll last " + q, s -> {
                try (var c = s.createQuery(q, Object.class).scroll()) {
                    return c.last() + " " + c.getRowNumber() + c.first() + c.getRowNumber() + c.isFirst() + c.isLast()
                            + c.scroll(1) + c.previous() + c.setRowNumber(0) + c.getPosition();
                }
            });
            session("executeUpdate " + q, s -> s.createQuery(q, Object.class).executeUpdate());
            session(
                    "max 0 " + q,
                    s -> s.createQuery(q, Object.class).setMaxResults(0).list().size());
            session("pagination " + q, s -> s.createSelectionQuery(q, Object.class)
                    .setPage(Page.page(2, 1))
                    .getResultList()
                    .size());
            session("readonly " + q, s -> s.createSelectionQuery(q, Object.class)
                    .isReadOnly());
        }
        session("list of update", s -> s.createQuery("update Box b set b.name = 'q' where b.id < 0")
                .list());
        session("single of update", s -> s.createQuery("update Box b set b.name = 'q' where b.id < 0")
                .getSingleResult());
        session("count of update", s -> s.createQuery("update Box b set b.name = 'q' where b.id < 0")
                .getResultCount());
        session("update many", s -> s.createMutationQuery("update Box b set b.name = 'q' where b.id < 0")
                .executeUpdate());
        session("update one", s -> s.createMutationQuery("update Box b set b.name = 'q' where b.id = 99")
                .executeUpdate());
        session("delete many", s -> s.createMutationQuery("delete from Member m where m.id < 0")
                .executeUpdate());
        session("max negative", s -> s.createQuery(ALL, Box.class).setMaxResults(-1));
        session("first negative", s -> s.createQuery(ALL, Box.class).setFirstResult(-1));
        session("get max first", s -> {
            var q = s.createQuery(ALL, Box.class);
            return q.getMaxResults() + " " + q.getFirstResult()
                    + q.setMaxResults(3).getMaxResults() + q.setFirstResult(4).getFirstResult();
        });
        session("unset parameter", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .list());
        session("unset parameter many", s -> s.createQuery("from Box b where b.size = :id", Box.class)
                .list());
        session("unknown parameter", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .setParameter("nope", 1));
        session("unknown position", s -> s.createQuery("from Box b where b.id = ?1", Box.class)
                .setParameter(2, 1));
        session("wrong type parameter", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .setParameter("id", "x")
                .list());
        session("wrong type parameter many", s -> s.createQuery("from Box b where b.size = :id", Box.class)
                .setParameter("id", "x")
                .list());
        session("int parameter", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .setParameter("id", 3)
                .list());
        session("parameter value unset", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .getParameterValue("id"));
        session("parameter value", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .setParameter("id", 3L)
                .getParameterValue("id"));
        session("parameter unknown get", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .getParameter("nope"));
        session("parameter typed get", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .getParameter("id", String.class)
                .getName());
        session("parameter bound", s -> {
            var q = s.createQuery("from Box b where b.id = :id", Box.class);
            return q.isBound(q.getParameter("id")) + " "
                    + q.setParameter("id", 1L).isBound(q.getParameter("id"));
        });
        session("null parameter", s -> s.createQuery("from Box b where b.id = :id", Box.class)
                .setParameter("id", null)
                .list());
        session("list parameter", s -> s.createQuery("from Box b where b.id in :id order by b.id", Box.class)
                .setParameter("id", List.of(1L, 2L))
                .list());
        session("list parameter list", s -> s.createQuery("from Box b where b.id in :id order by b.id", Box.class)
                .setParameterList("id", List.of(1L, 2L))
                .list());
        session("empty list parameter", s -> s.createQuery("from Box b where b.id in :id order by b.id", Box.class)
                .setParameterList("id", List.of())
                .list());
        session("list for single", s -> s.createQuery("from Box b where b.id = :id order by b.id", Box.class)
                .setParameterList("id", List.of(1L, 2L))
                .list());
    }

    private void modes() {
        for (FlushMode m : FlushMode.values()) {
            session("query inherits flush " + m, s -> {
                s.setHibernateFlushMode(m);
                var q = s.createQuery(ALL, Box.class);
                return q.getFlushMode() + " " + q.getHibernateFlushMode() + q.getQueryFlushMode();
            });
            session("query set flush " + m, s -> {
                var q = s.createQuery(ALL, Box.class).setHibernateFlushMode(m);
                return q.getFlushMode() + " " + q.getHibernateFlushMode() + q.getQueryFlushMode();
            });
            session("native inherits flush " + m, s -> {
                s.setHibernateFlushMode(m);
                var q = s.createNativeQuery("select 1", Object.class);
                return q.getFlushMode() + " " + q.getHibernateFlushMode() + q.getQueryFlushMode();
            });
            session("native set flush " + m, s -> {
                var q = s.createNativeQuery("select 1", Object.class).setHibernateFlushMode(m);
                return q.getFlushMode() + " " + q.getHibernateFlushMode() + q.getQueryFlushMode();
            });
            for (String q : List.of(ALL.replace("order by b.id", ""), "from Box b where b.id = 3"))
                transaction("query flushes in " + m + q, s -> {
                    s.setHibernateFlushMode(m);
                    s.find(Box.class, 3L).name = "flushed";
                    return s.createQuery(
                                    q.replace("from Box b", "select count(*) from Box b")
                                            + (q.contains("where") ? " and" : " where") + " b.name = 'flushed'",
                                    Long.class)
                            .getSingleResult();
                });
            for (String q : List.of(
                    "update Box b set b.size = 2 where b.name = 'flushed'",
                    "update Box b set b.size = 2 where b.name = 'flushed' and b.id = 3"))
                transaction("mutation flushes in " + m + q, s -> {
                    s.setHibernateFlushMode(m);
                    s.find(Box.class, 3L).name = "flushed";
                    return s.createMutationQuery(q).executeUpdate();
                });
            session("sessionfactory flush " + m, s -> {
                try (Session o =
                        s.getSessionFactory().withOptions().flushMode(m).openSession()) {
                    return o.getFlushMode() + " " + o.getHibernateFlushMode()
                            + o.createQuery(ALL).getHibernateFlushMode();
                }
            });
        }
        for (QueryFlushMode m : QueryFlushMode.values()) {
            session("query flush mode " + m, s -> {
                var q = s.createQuery(ALL, Box.class).setQueryFlushMode(m);
                return q.getFlushMode() + " " + q.getHibernateFlushMode() + q.getQueryFlushMode();
            });
            transaction("query flushes as " + m, s -> {
                s.find(Box.class, 3L).name = "flushed";
                return s.createQuery("select count(*) from Box b where b.name = 'flushed'", Long.class)
                        .setQueryFlushMode(m)
                        .getSingleResult();
            });
            transaction("query flushes gathered as " + m, s -> {
                s.find(Box.class, 3L).name = "flushed";
                return s.createQuery(
                                "select count(*) from Box b where b.name = 'flushed' and b.size <= (select max(x.size) from Box x)",
                                Long.class)
                        .setQueryFlushMode(m)
                        .getSingleResult();
            });
        }
        for (FlushModeType m : FlushModeType.values()) {
            session("query jpa flush mode " + m, s -> {
                var q = s.createQuery(ALL, Box.class).setFlushMode(m);
                return q.getFlushMode() + " " + q.getHibernateFlushMode() + q.getQueryFlushMode();
            });
            transaction("query flushes with " + m, s -> {
                s.find(Box.class, 3L).name = "flushed";
                return s.createQuery("select count(*) from Box b where b.name = 'flushed'", Long.class)
                        .setFlushMode(m)
                        .getSingleResult();
            });
            transaction("count flushes with " + m, s -> {
                s.find(Box.class, 3L).name = "flushed";
                return s.createQuery("from Box b where b.name = 'flushed'", Box.class)
                        .setFlushMode(m)
                        .getResultCount();
            });
            transaction("stream flushes with " + m, s -> {
                s.find(Box.class, 3L).name = "flushed";
                return s.createQuery("from Box b where b.name = 'flushed'", Box.class).setFlushMode(m).stream()
                        .count();
            });
        }
        for (CacheMode m : CacheMode.values()) {
            session("query inherits cache " + m, s -> {
                s.setCacheMode(m);
                var q = s.createQuery(ALL, Box.class);
                return q.getCacheMode() + " " + q.getCacheRetrieveMode() + q.getCacheStoreMode();
            });
            session("query set cache " + m, s -> {
                var q = s.createQuery(ALL, Box.class).setCacheMode(m);
                return q.getCacheMode() + " " + q.getCacheRetrieveMode() + q.getCacheStoreMode();
            });
            session("named inherits cache " + m, s -> {
                s.setCacheMode(m);
                var q = s.createNamedQuery("members", Member.class);
                return q.getCacheMode() + " " + q.getCacheRetrieveMode() + q.getCacheStoreMode()
                        + q.getHibernateFlushMode();
            });
            session("native inherits cache " + m, s -> {
                s.setCacheMode(m);
                var q = s.createNativeQuery("select 1", Object.class);
                return q.getCacheMode() + " " + q.getCacheRetrieveMode() + q.getCacheStoreMode();
            });
            session("native set cache " + m, s -> {
                var q = s.createNativeQuery("select 1", Object.class).setCacheMode(m);
                return q.getCacheMode() + " " + q.getCacheRetrieveMode() + q.getCacheStoreMode();
            });
            statelessTransaction("cache " + m, s -> {
                s.setCacheMode(m);
                var q = s.createQuery(ALL, Box.class);
                return s.getCacheMode() + " " + q.getCacheMode();
            });
        }
        session("query changed later", s -> {
            var q = s.createQuery(ALL, Box.class);
            s.setHibernateFlushMode(FlushMode.MANUAL);
            s.setCacheMode(CacheMode.IGNORE);
            return q.getHibernateFlushMode() + " " + q.getCacheMode();
        });
        session("criteria modes", s -> {
            s.setHibernateFlushMode(FlushMode.COMMIT);
            s.setCacheMode(CacheMode.GET);
            var c = s.getCriteriaBuilder().createQuery(Box.class);
            c.from(Box.class);
            var q = s.createQuery(c);
            return q.getHibernateFlushMode() + " " + q.getCacheMode() + q.isReadOnly() + q.getFetchSize()
                    + q.getTimeout() + q.isCacheable() + q.getCacheRegion() + q.getComment() + q.getLockMode()
                    + q.getHints();
        });
        session("query options", s -> {
            s.setDefaultReadOnly(true);
            var q = s.createQuery(ALL, Box.class);
            return q.isReadOnly() + " " + q.getFetchSize() + q.getTimeout() + q.isCacheable() + q.getCacheRegion()
                    + q.getComment() + q.getLockMode() + q.getHints() + q.getQueryString() + q.isQueryPlanCacheable();
        });
        session("native options", s -> {
            s.setDefaultReadOnly(true);
            var q = s.createNativeQuery("select 1", Object.class);
            return q.isReadOnly() + " " + q.getFetchSize() + q.getTimeout() + q.isCacheable() + q.getCacheRegion()
                    + q.getComment() + q.getHints() + q.getQueryString();
        });
        session("native lock mode", s -> s.createNativeQuery("select 1", Object.class)
                .getLockMode());
        session("query lock mode", s -> s.createQuery(ALL, Box.class)
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .list()
                .size());
        session("query lock mode get", s -> s.createQuery(ALL, Box.class)
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getLockMode());
        session("query lock mode of update", s -> s.createQuery("delete from Member where id < 0")
                .setLockMode(LockModeType.PESSIMISTIC_WRITE));
        session("query lock mode none", s -> s.createQuery(ALL, Box.class)
                .setLockMode(LockModeType.NONE)
                .list()
                .size());
        session("query lock aggregate", s -> s.createQuery(COUNT, Long.class)
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .list());
        session("query lock optimistic", s -> s.createQuery(ALL, Box.class)
                .setLockMode(LockModeType.OPTIMISTIC)
                .list()
                .size());
        session(
                "query hint unknown",
                s -> s.createQuery(ALL, Box.class).setHint("unknown", 1).getHints());
        session("query hint bad", s -> s.createQuery(ALL, Box.class).setHint("org.hibernate.timeout", "x"));
        session("query hint null", s -> s.createQuery(ALL, Box.class).setHint(null, "x"));
        session("query hint timeout", s -> s.createQuery(ALL, Box.class)
                .setHint("jakarta.persistence.query.timeout", 2500)
                .getTimeout());
        session("query unwrap", s -> s.createQuery(ALL, Box.class).unwrap(org.hibernate.query.Query.class) != null);
        session("query unwrap string", s -> s.createQuery(ALL, Box.class).unwrap(String.class));
        session("query unwrap null", s -> s.createQuery(ALL, Box.class).unwrap(null) != null);
        session("query session", s -> s.createQuery(ALL, Box.class).getSession() != null);
        session("transformers", s -> s.createQuery(ALL, Box.class)
                .setTupleTransformer((t, a) -> t.length + Arrays.toString(a))
                .list());
        session("transformers multi", s -> s.createQuery(
                        "select b.id as i, b.name as n from Box b order by b.id", Object[].class)
                .setTupleTransformer((t, a) -> t.length + Arrays.toString(a))
                .list());
        session("list transformer", s -> s.createQuery(ALL, Box.class)
                .setResultListTransformer(l -> l.subList(0, 1))
                .list()
                .size());
        session("order", s -> s.createSelectionQuery("from Box", Box.class)
                .getResultList()
                .size());
        session("specification reference", s -> s.createQuery(
                        SelectionSpecification.create(Box.class, "from Box where id > 5")
                                .sort(Order.desc(Box.class, "id"))
                                .reference())
                .getResultList());
        session("specification criteria", s -> s.createQuery(
                        SelectionSpecification.create(Box.class, "from Box where id > 5")
                                .sort(Order.desc(Box.class, "id"))
                                .buildCriteria(s.getCriteriaBuilder()))
                .getResultList());
        session("mutation specification reference", s -> s.createQuery(
                        MutationSpecification.create(Member.class, "delete Member where id < 0")
                                .reference())
                .executeUpdate());
        session("projection specification", s -> ProjectionSpecification.create(
                        SelectionSpecification.create(Box.class).sort(Order.asc(Box.class, "id")))
                .createQuery(s)
                .getResultList()
                .size());
        session("simple projection", s -> SimpleProjectionSpecification.create(
                        SelectionSpecification.create(Box.class).sort(Order.asc(Box.class, "id")),
                        (jakarta.persistence.metamodel.SingularAttribute<Box, String>)
                                s.getMetamodel().entity(Box.class).getSingularAttribute("name", String.class))
                .createQuery(s)
                .getResultList());
        session("executeUpdate jpa", s -> s.createQuery("delete from Member where id < 0")
                .executeUpdate());
    }

    private void statelessSessions() {
        stateless("get", s -> s.get(Box.class, 1L));
        stateless("get missing", s -> s.get(Box.class, 99L));
        stateless("get null", s -> s.get(Box.class, null));
        stateless("get member null", s -> s.get(Member.class, null));
        stateless("get unknown", s -> s.get("Nope", 1L));
        stateless("getMultiple", s -> s.getMultiple(Box.class, List.of(1L, 99L, 3L, 1L)));
        stateless("getMultiple members", s -> s.getMultiple(Member.class, List.of(5L, 99L, 2L)));
        stateless("insert null", s -> s.insert(null));
        stateless("insert duplicate", s -> s.insert(new Box(1)));
        stateless("insertMultiple null", s -> {
            s.insertMultiple(null);
            return "ok";
        });
        stateless("insertMultiple empty", s -> {
            s.insertMultiple(List.of());
            return "ok";
        });
        stateless("update null", s -> {
            s.update(null);
            return "ok";
        });
        stateless("update missing", s -> {
            s.update(new Box(555));
            return "ok";
        });
        stateless("update stale", s -> {
            Box b = new Box(1);
            b.version = 9;
            s.update(b);
            return "ok";
        });
        stateless("delete null", s -> {
            s.delete(null);
            return "ok";
        });
        stateless("delete missing", s -> {
            s.delete(new Box(555));
            return "ok";
        });
        stateless("upsert null", s -> {
            s.upsert(null);
            return "ok";
        });
        stateless("refresh null", s -> {
            s.refresh(null);
            return "ok";
        });
        stateless("refresh missing", s -> {
            s.refresh(new Box(555));
            return "ok";
        });
        stateless("refresh", s -> {
            Box b = new Box(1);
            b.name = "x";
            s.refresh(b);
            return b.name;
        });
        stateless("fetch null", s -> {
            s.fetch(null);
            return "ok";
        });
        stateless("fetch non entity", s -> {
            s.fetch("x");
            return "ok";
        });
        stateless("fetch", s -> {
            Box b = s.get(Box.class, 1L);
            s.fetch(b.crates);
            return b.crates.size();
        });
        stateless("identifier", s -> s.getIdentifier(new Box(7)));
        stateless("identifier null", s -> s.getIdentifier(null));
        stateless("query", s -> s.createQuery(ALL, Box.class).list().size());
        stateless("count", s -> s.createQuery(ALL, Box.class).getResultCount());
        stateless(
                "count union", s -> s.createSelectionQuery(UNION, Object.class).getResultCount());
        stateless("gathered", s -> s.createSelectionQuery(GATHERED, Object.class)
                .getResultList()
                .size());
        stateless("stream", s -> s.createQuery(ALL, Box.class).stream().count());
        stateless("query modes", s -> {
            var q = s.createQuery(ALL, Box.class);
            return q.getFlushMode() + " " + q.getHibernateFlushMode() + q.getCacheMode() + q.isReadOnly();
        });
        stateless(
                "options",
                s -> s.getCacheMode() + " " + s.getJdbcBatchSize() + s.isConnected() + s.isJoinedToTransaction()
                        + s.getTenantIdentifier());
        stateless("named mutation", s -> s.createNamedMutationQuery("retire").executeUpdate());
        stateless("named selection of mutation", s -> s.createNamedSelectionQuery("retire", Member.class));
        stateless("update many", s -> s.createMutationQuery("update Box b set b.name = 'q' where b.id < 0")
                .executeUpdate());
        stateless("closed get", s -> {
            s.close();
            return s.get(Box.class, 1L);
        });
        stateless("closed query", s -> {
            s.close();
            return s.createQuery(ALL, Box.class);
        });
        stateless("closed twice", s -> {
            s.close();
            s.close();
            return "ok";
        });
        stateless("closed insert", s -> {
            s.close();
            return s.insert(new Box(777));
        });
        stateless("closed cache", s -> {
            s.close();
            return s.getCacheMode();
        });
        stateless("closed transaction", s -> {
            s.close();
            return s.getTransaction().getStatus();
        });
        stateless("unwrap", s -> s.createQuery(ALL, Box.class).unwrap(null) != null);
    }

    private void factories() {
        factory("profiles", f -> f.getDefinedFetchProfileNames());
        factory(
                "containsFetchProfileDefinition",
                f -> f.containsFetchProfileDefinition("withLabel") + " " + f.containsFetchProfileDefinition("nope"));
        factory("containsFetchProfileDefinition null", f -> f.containsFetchProfileDefinition(null));
        factory("filters", f -> f.getDefinedFilterNames());
        factory("filter unknown", f -> f.getFilterDefinition("nope"));
        factory(
                "named queries",
                f -> new TreeSet<>(f.getNamedQueries(Member.class).keySet()));
        factory(
                "named queries box",
                f -> new TreeSet<>(f.getNamedQueries(Box.class).keySet()));
        factory("named graphs", f -> f.getNamedEntityGraphs(Box.class).keySet());
        factory("find graph", f -> f.findEntityGraphByName("nope"));
        factory("find graphs", f -> f.findEntityGraphsByType(Box.class));
        factory("open", f -> f.isOpen() + " " + f.isClosed());
        factory("name", f -> f.getName());
        factory("jndi", f -> f.getJndiName());
        factory("transaction type", f -> f.getTransactionType());
        factory("unwrap null", f -> f.unwrap(null));
        factory("unwrap string", f -> f.unwrap(String.class));
        factory("unwrap self", f -> f.unwrap(SessionFactory.class) == f);
        factory("current", f -> f.getCurrentSession());
        factory("cache contains", f -> f.getCache().containsEntity(Box.class, 1L));
        factory("cache contains null", f -> f.getCache().contains(Box.class, null));
        factory("cache evict", f -> {
            f.getCache().evictAll();
            f.getCache().evict(Box.class);
            f.getCache().evict(Box.class, 1L);
            return "ok";
        });
        factory("cache evict non entity", f -> {
            f.getCache().evict(String.class);
            return "ok";
        });
        factory("cache unwrap", f -> f.getCache().unwrap(String.class));
        factory("statistics", f -> f.getStatistics().isStatisticsEnabled());
        factory("schema", f -> f.getSchemaManager() != null);
        factory("util id", f -> f.getPersistenceUnitUtil().getIdentifier(new Box(7)));
        factory("util version", f -> f.getPersistenceUnitUtil().getVersion(new Box(7)));
        factory("util id non entity", f -> f.getPersistenceUnitUtil().getIdentifier("x"));
        factory("util loaded", f -> f.getPersistenceUnitUtil().isLoaded(new Box(7)));
        factory(
                "parse graph",
                f -> f.parseEntityGraph(Box.class, "crates").getAttributeNodes().size());
        factory("parse graph bad", f -> f.parseEntityGraph(Box.class, "nope"));
        factory("create em", f -> {
            try (EntityManager m = f.createEntityManager()) {
                return m.isOpen();
            }
        });
        factory("create em map", f -> {
            try (EntityManager m = f.createEntityManager(Map.of("org.hibernate.flushMode", "COMMIT"))) {
                return m.getFlushMode();
            }
        });
        factory("create em bad", f -> {
            try (EntityManager m = f.createEntityManager(Map.of("org.hibernate.flushMode", "NOPE"))) {
                return m.getFlushMode();
            }
        });
        factory("create em sync", f -> f.createEntityManager(SynchronizationType.SYNCHRONIZED));
        factory(
                "add named query",
                f -> f.fromTransaction(s -> {
                    f.addNamedQuery(
                            "added",
                            s.createQuery("from Box b where b.id > 3 order by b.id", Box.class)
                                    .setMaxResults(2)
                                    .setHint("org.hibernate.comment", "hi"));
                    return s.createNamedQuery("added", Box.class).list();
                }));
        factory(
                "add named mutation",
                f -> f.fromTransaction(s -> {
                    f.addNamedQuery("addedMutation", s.createQuery("delete from Member m where m.id < 0"));
                    return s.createNamedQuery("addedMutation").executeUpdate();
                }));
        factory(
                "from transaction error",
                f -> f.fromTransaction(s -> {
                    throw new IllegalStateException("x");
                }));
        factory(
                "from session error",
                f -> f.fromSession(s -> {
                    throw new IllegalStateException("x");
                }));
        factory(
                "in transaction commit in it",
                f -> f.fromTransaction(s -> {
                    s.getTransaction().commit();
                    return "ok";
                }));
        factory(
                "in transaction rollback in it",
                f -> f.fromTransaction(s -> {
                    s.getTransaction().rollback();
                    return "ok";
                }));
        factory(
                "in transaction rollback only",
                f -> f.fromTransaction(s -> {
                    s.getTransaction().setRollbackOnly();
                    return "ok";
                }));
        factory("call in transaction", f -> f.callInTransaction(m -> m.find(Box.class, 1L)));
        factory(
                "call in transaction error",
                f -> f.callInTransaction(m -> {
                    throw new IllegalStateException();
                }));
    }
}
