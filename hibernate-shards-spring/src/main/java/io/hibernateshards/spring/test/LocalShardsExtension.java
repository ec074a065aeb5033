package io.hibernateshards.spring.test;

import io.hibernateshards.cluster.LocalCluster;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Runs {@link LocalShards}, or stands for them where a test makes its own session factory:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final LocalShardsExtension SHARDS = LocalShardsExtension.of(2);
 * }</pre>
 *
 * <p>A class that has both gets the parameters of its annotation. Uses nothing of JUnit Jupiter that version 6 does not have.
 *
 * @since 0.1
 */
public final class LocalShardsExtension implements BeforeAllCallback, AfterAllCallback, ParameterResolver {
    private final @Nullable WantedShards fixed;

    /** Called by JUnit for {@link LocalShards}. */
    public LocalShardsExtension() {
        this(null);
    }

    private LocalShardsExtension(@Nullable WantedShards fixed) {
        this.fixed = fixed;
    }

    /**
     * Shards that are databases of one server, and shared with the other test classes of this JVM that want as many.
     *
     * @param shards how many, at least 1
     * @return an extension to register
     */
    public static LocalShardsExtension of(int shards) {
        return new LocalShardsExtension(WantedShards.of(shards));
    }

    /**
     * As {@link #of(int)}, with other names.
     *
     * @param names what the shards are called
     * @return an extension to register
     */
    public static LocalShardsExtension of(String... names) {
        return new LocalShardsExtension(new WantedShards(List.of(names), 0, false, ""));
    }

    /**
     * The cluster; it is started if it does not run yet.
     *
     * @return a cluster that lives on after the test class
     */
    public LocalCluster cluster() {
        if (fixed == null) {
            throw new IllegalStateException("take a parameter of type LocalCluster, or make the extension by of(...)");
        }
        return fixed.cluster();
    }

    /**
     * What a sharded session factory needs to find the cluster.
     *
     * @return names and values of settings
     */
    public Map<String, String> settings() {
        return cluster().settings();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        wanted(context).cluster();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        WantedShards wanted = wanted(context);
        if (wanted.isOwn()
                && context.getTestClass()
                        .flatMap(LocalShardsExtension::declaring)
                        .isPresent()) {
            wanted.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        boolean other = fixed != null && annotated(context).isPresent();
        return !other && (parameter.getParameter().getType() == LocalCluster.class || isSettings(parameter));
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        LocalCluster cluster = wanted(context).cluster();
        if (!isSettings(parameter)) {
            return cluster;
        }
        Map<String, String> settings = new LinkedHashMap<>(cluster.settings());
        if (fixed == null) {
            settings.putAll(WantedShards.settings(annotation(context).settings()));
        }
        return settings;
    }

    private static boolean isSettings(ParameterContext parameter) {
        return parameter
                .getParameter()
                .getParameterizedType()
                .getTypeName()
                .equals("java.util.Map<java.lang.String, java.lang.String>");
    }

    private WantedShards wanted(ExtensionContext context) {
        return fixed != null
                ? fixed
                : WantedShards.of(annotation(context), declaring(context).getName());
    }

    private static LocalShards annotation(ExtensionContext context) {
        return declaring(context).getDeclaredAnnotation(LocalShards.class);
    }

    private static Class<?> declaring(ExtensionContext context) {
        return annotated(context)
                .orElseThrow(() -> new ExtensionConfigurationException(context.getDisplayName()
                        + " is extended by LocalShardsExtension: annotate it with @LocalShards instead,"
                        + " or register LocalShardsExtension.of(...)"));
    }

    /** The class of a nested test is asked first, then those around it. */
    private static Optional<Class<?>> annotated(ExtensionContext context) {
        for (Optional<ExtensionContext> at = Optional.of(context);
                at.isPresent();
                at = at.get().getParent()) {
            Optional<Class<?>> declaring = at.get().getTestClass().flatMap(LocalShardsExtension::declaring);
            if (declaring.isPresent()) {
                return declaring;
            }
        }
        return Optional.empty();
    }

    private static Optional<Class<?>> declaring(Class<?> type) {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            if (at.getDeclaredAnnotation(LocalShards.class) != null) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }
}
