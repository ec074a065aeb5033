package io.hibernateshards.internal.topology;

import io.hibernateshards.Topology;
import io.hibernateshards.spi.BucketFunction;
import io.hibernateshards.spi.Catalog;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Makes the bucket functions that settings name. */
public final class BucketFunctions {
    private BucketFunctions() {}

    private record GivenContext(Map<String, String> settings, Supplier<Topology> source, Catalog catalog)
            implements BucketFunction.Context {
        @Override
        public Topology topology() {
            return source.get();
        }
    }

    /**
     * All functions by name; {@code hash} is always there.
     *
     * @param settings below {@code hibernate.shards.function.}: {@code name} is {@code range}, {@code list}, {@code
     *     directory}, {@code hash} or a class; {@code name.setting} is one of its own settings
     * @throws IllegalArgumentException with a line for each problem
     */
    public static Map<String, BucketFunction> create(
            Map<String, String> settings, Supplier<Topology> topology, Catalog catalog) {
        Map<String, BucketFunction> functions = new TreeMap<>();
        functions.put("hash", new HashFunction());
        StringBuilder problems = new StringBuilder();
        new TreeMap<>(settings).forEach((name, kind) -> {
            if (name.indexOf('.') >= 0) {
                return;
            }
            Map<String, String> own = new TreeMap<>();
            String prefix = name + ".";
            settings.forEach((setting, value) -> {
                if (setting.startsWith(prefix)) {
                    own.put(setting.substring(prefix.length()), value);
                }
            });
            try {
                BucketFunction function = instance(kind);
                function.configure(new GivenContext(Map.copyOf(own), topology, catalog));
                functions.put(name, function);
            } catch (IllegalArgumentException e) {
                problems.append(problems.isEmpty() ? "" : "\n")
                        .append("hibernate.shards.function." + name + ": " + e.getMessage());
            }
        });
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.toString());
        }
        return Map.copyOf(functions);
    }

    private static BucketFunction instance(String kind) {
        return switch (kind) {
            case "hash" -> new HashFunction();
            case "range" -> new RangeFunction();
            case "list" -> new ListFunction();
            case "directory" -> new DirectoryFunction();
            default -> ofClass(kind);
        };
    }

    private static BucketFunction ofClass(String name) {
        try {
            ClassLoader own = Thread.currentThread().getContextClassLoader();
            return Class.forName(name, true, own == null ? BucketFunctions.class.getClassLoader() : own)
                    .asSubclass(BucketFunction.class)
                    .getConstructor()
                    .newInstance();
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is none of hash, range, list, directory, nor a class on the class path", e);
        } catch (ClassCastException | NoSuchMethodException e) {
            throw new IllegalArgumentException(
                    name + " must implement BucketFunction and have a public constructor without parameters", e);
        } catch (InvocationTargetException | InstantiationException | IllegalAccessException e) {
            throw new IllegalArgumentException(name + " cannot be created: " + e, e);
        }
    }
}
