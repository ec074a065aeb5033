package io.hibernateshards.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import jakarta.persistence.Query;
import jakarta.persistence.TypedQuery;
import jakarta.persistence.criteria.CriteriaDelete;
import jakarta.persistence.criteria.CriteriaUpdate;
import jakarta.persistence.metamodel.EntityType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.hibernate.LockMode;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.hibernate.query.criteria.JpaCriteriaInsert;
import org.hibernate.query.criteria.JpaCriteriaQuery;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** No method of Hibernate's and JPA's interfaces is done without someone having thought what it means over shards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MethodsTest {
    private static final List<Class<?>> INTERFACES =
            List.of(Session.class, StatelessSession.class, SessionFactory.class);
    private static final Set<String> KINDS = Set.of(
            "routed",
            "fanned-out",
            "same-for-every-shard",
            "option-for-all-children",
            "composed",
            "refused",
            "refused-by-jpa");

    private final LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, 4);
    private final ShardedSessionFactory factory = open();

    private ShardedSessionFactory open() {
        return new ShardedConfiguration()
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .entities(Note.class)
                .build();
    }

    @BeforeAll
    void fill() {
        factory.inTransaction(session -> session.persist(new Note("ada", "hello")));
    }

    @AfterAll
    void close() {
        factory.close();
        cluster.close();
    }

    // ---- every method is classified

    @TestFactory
    Stream<DynamicTest> methods_areClassified() {
        return INTERFACES.stream()
                .map(type -> dynamicTest(type.getSimpleName(), () -> {
                    Map<String, String> kinds = kinds(type);
                    assertThat(KINDS).containsAll(kinds.values());
                    assertThat(kinds.keySet())
                            .containsExactlyElementsOf(methods(type).keySet());
                }));
    }

    @Test
    void jpasInterfaces_areCovered() {
        assertThat(EntityManager.class).isAssignableFrom(Session.class);
        assertThat(EntityManagerFactory.class).isAssignableFrom(SessionFactory.class);
        assertThat(methods(Session.class)).hasSizeGreaterThan(150);
    }

    @TestFactory
    Stream<DynamicTest> inheritedDefaults_areThoseCalledComposed() {
        try (ShardedSession session = factory.openSession();
                ShardedStatelessSession stateless = factory.openStatelessSession()) {
            List<Class<?>> ours = List.of(session.getClass(), stateless.getClass(), factory.getClass());
            return Stream.of(0, 1, 2)
                    .map(i -> dynamicTest(INTERFACES.get(i).getSimpleName(), () -> {
                        Map<String, String> kinds = kinds(INTERFACES.get(i));
                        methods(INTERFACES.get(i))
                                .forEach((signature, method) -> assertThat(implementor(ours.get(i), method) == null)
                                        .as(signature + " is inherited")
                                        .isEqualTo("composed".equals(kinds.get(signature))));
                    }));
        }
    }

    // ---- what is refused says so

    @TestFactory
    Stream<DynamicTest> refusedMethods_sayWhatToDoInstead() {
        return ofKind("refused")
                .map(one -> dynamicTest(one.toString(), () -> {
                    Throwable failure = invoke(one);
                    assertThat(failure)
                            .hasMessageContaining(". Instead: ")
                            .isInstanceOfSatisfying(ShardingException.class, refusal -> assertThat(refusal.code())
                                    .isEqualTo(ShardErrorCode.OPERATION_REFUSED));
                }));
    }

    @TestFactory
    Stream<DynamicTest> methodsThatJpaRefuses_throwWhatItWants() {
        return ofKind("refused-by-jpa")
                .map(one -> dynamicTest(
                        one.toString(), () -> assertThat(invoke(one)).isInstanceOf(IllegalStateException.class)));
    }

    /** Whatever the arguments are: an application may meet any error but that somebody forgot a method. */
    @TestFactory
    Stream<DynamicTest> methods_areNeverUnsupported() {
        return INTERFACES.stream()
                .flatMap(type -> methods(type).entrySet().stream()
                        .map(entry -> new Call(type, entry.getKey(), entry.getValue())))
                .filter(one -> one.type() != SessionFactory.class
                        || !one.method().getName().equals("close"))
                .map(one -> dynamicTest(one.toString(), () -> {
                    Throwable failure = invoke(one);
                    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                        assertThat(cause)
                                .isNotInstanceOfAny(
                                        UnsupportedOperationException.class,
                                        LinkageError.class,
                                        ClassCastException.class);
                    }
                }));
    }

    // ---- unwrap

    @Test
    void session_unwrapsToItselfOnly() {
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.unwrap(ShardedSession.class)).isSameAs(session);
            assertThat(session.unwrap(Session.class)).isSameAs(session);
            assertThat(session.unwrap(EntityManager.class)).isSameAs(session);
            assertThat(session.getDelegate()).isSameAs(session);
            assertThatThrownBy(() -> session.unwrap(SessionImplementor.class))
                    .isInstanceOf(PersistenceException.class)
                    .hasMessageContaining("one Hibernate session for each");
            assertThatThrownBy(() -> session.unwrap(Connection.class)).isInstanceOf(PersistenceException.class);
        }
    }

    @Test
    void factory_unwrapsToItselfOrTheInnerFactory() {
        assertThat(factory.unwrap(ShardedSessionFactory.class)).isSameAs(factory);
        assertThat(factory.unwrap(SessionFactory.class)).isSameAs(factory);
        assertThat(factory.unwrap(EntityManagerFactory.class)).isSameAs(factory);
        assertThat(factory.unwrap(SessionFactoryImplementor.class)).isNotSameAs(factory);
        assertThatThrownBy(() -> factory.unwrap(String.class)).isInstanceOf(PersistenceException.class);
    }

    @Test
    void sessionsLeadToTheShardedFactory() {
        try (ShardedSession session = factory.openSession();
                ShardedStatelessSession stateless = factory.openStatelessSession()) {
            assertThat(session.getSessionFactory()).isSameAs(factory);
            assertThat(session.getFactory()).isSameAs(factory);
            assertThat(session.getEntityManagerFactory()).isSameAs(factory);
            assertThat(stateless.getFactory()).isSameAs(factory);
        }
    }

    // ---- reflection

    /** All methods that an instance has, by signature. */
    private static Map<String, Method> methods(Class<?> type) {
        Map<String, Method> methods = new TreeMap<>();
        for (Method method : type.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers()) && !method.isBridge()) {
                String last = method.isVarArgs() ? "..." : "";
                String parameters = Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .reduce((left, right) -> left + "," + right)
                        .orElse("");
                if (method.isVarArgs()) {
                    parameters = parameters.substring(0, parameters.length() - 2);
                }
                methods.put(method.getName() + "(" + parameters + last + ")", method);
            }
        }
        return methods;
    }

    /** The class among ours that has the method; null if it is the interface's own. */
    private static @Nullable Class<?> implementor(Class<?> ours, Method method) {
        for (Class<?> type = ours; type != null; type = type.getSuperclass()) {
            for (Method declared : type.getDeclaredMethods()) {
                if (declared.getName().equals(method.getName())
                        && Arrays.equals(declared.getParameterTypes(), method.getParameterTypes())) {
                    return type;
                }
            }
        }
        return null;
    }

    private Stream<Call> ofKind(String kind) {
        return INTERFACES.stream().flatMap(type -> {
            Map<String, String> kinds = kinds(type);
            return methods(type).entrySet().stream()
                    .filter(entry -> kind.equals(kinds.get(entry.getKey())))
                    .map(entry -> new Call(type, entry.getKey(), entry.getValue()));
        });
    }

    private record Call(Class<?> type, String signature, Method method) {
        @Override
        public String toString() {
            return type.getSimpleName() + "." + signature;
        }
    }

    /** Invokes it on a new session with a transaction, or on the factory; gives what it threw, if anything. */
    private @Nullable Throwable invoke(Call call) throws IllegalAccessException {
        if (call.type() == SessionFactory.class) {
            return invoke(call, factory);
        }
        if (call.type() == StatelessSession.class) {
            try (ShardedStatelessSession session = factory.openStatelessSession()) {
                session.beginTransaction();
                return invoke(call, session);
            }
        }
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            return invoke(call, session);
        }
    }

    private @Nullable Throwable invoke(Call call, Object target) throws IllegalAccessException {
        Object[] arguments = Arrays.stream(call.method().getParameterTypes())
                .map(this::argument)
                .toArray();
        try {
            Object result = call.method().invoke(target, arguments);
            if (result instanceof Session opened && result != target) {
                opened.close();
            }
            return null;
        } catch (InvocationTargetException e) {
            return e.getCause();
        }
    }

    @SuppressWarnings({"deprecation", "removal"}) // LockOptions are parameters of methods that are to be removed
    private Object argument(Class<?> type) {
        HibernateCriteriaBuilder criteria = factory.getCriteriaBuilder();
        if (type == Object.class) {
            return new Note("ada", "x");
        } else if (type == String.class || type == CharSequence.class) {
            return "text";
        } else if (type == Class.class) {
            return Note.class;
        } else if (type == boolean.class) {
            return true;
        } else if (type == int.class || type == Integer.class) {
            return 7;
        } else if (type == List.class) {
            return List.of(1L);
        } else if (type == Map.class) {
            return Map.of();
        } else if (type.isEnum()) {
            return type.getEnumConstants()[0];
        } else if (type.isArray()) {
            Object array = Array.newInstance(type.getComponentType(), 1);
            Array.set(
                    array, 0, type.getComponentType() == Class.class ? Note.class : argument(type.getComponentType()));
            return array;
        } else if (type == EntityGraph.class) {
            return factory.createEntityGraph(Note.class);
        } else if (type == EntityType.class) {
            return factory.getMetamodel().entity(Note.class);
        } else if (type.isAssignableFrom(JpaCriteriaQuery.class)) {
            JpaCriteriaQuery<Note> query = criteria.createQuery(Note.class);
            query.from(Note.class);
            return query;
        } else if (type == CriteriaUpdate.class) {
            CriteriaUpdate<Note> update = criteria.createCriteriaUpdate(Note.class);
            update.set("text", "x");
            return update;
        } else if (type == CriteriaDelete.class) {
            return criteria.createCriteriaDelete(Note.class);
        } else if (type == JpaCriteriaInsert.class) {
            return criteria.createCriteriaInsertValues(Note.class);
        } else if (type == org.hibernate.LockOptions.class) {
            return new org.hibernate.LockOptions(LockMode.READ);
        } else if (type == TypedQuery.class || type == Query.class) {
            return factory.fromSession(session -> session.createQuery("from Note", Note.class));
        }
        assertThat(type).isInterface();
        return Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getName" -> "text";
                    case "getResultType" -> Note.class;
                    case "getHints" -> Map.of();
                    case "toString" -> "a " + type.getSimpleName();
                    case "hashCode" -> 1;
                    case "equals" -> proxy == arguments[0];
                    default -> null;
                });
    }

    private static Map<String, String> kinds(Class<?> type) {
        String name = "/methods/" + type.getSimpleName() + ".txt";
        try (InputStream file = Objects.requireNonNull(MethodsTest.class.getResourceAsStream(name), name)) {
            Map<String, String> kinds = new TreeMap<>();
            new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> {
                        String[] parts = line.split(" = ", 2);
                        assertThat(kinds.put(parts[0], parts[1])).as(line).isNull();
                    });
            return kinds;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
