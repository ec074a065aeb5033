package io.hibernateshards.internal.topology;

import io.hibernateshards.IdStyle;
import io.hibernateshards.Topology;
import io.hibernateshards.spi.BucketFunction;
import io.hibernateshards.spi.Catalog;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Makes the bucket functions that settings name. */
public final class BucketFunctions {
    private static final Set<String> RESERVED = Set.of("hash", "id");

    private final Map<String, String> settings;
    private final Supplier<Topology> topology;
    private final Catalog catalog;
    private final List<String> problems = new ArrayList<>();

    private BucketFunctions(Map<String, String> settings, Supplier<Topology> topology, Catalog catalog) {
        this.settings = new TreeMap<>(settings);
        this.topology = topology;
        this.catalog = catalog;
    }

    /**
     * All functions by name; {@code hash} is always there. That an entity's key is placed by its id needs no name here.
     *
     * @param settings below {@code hibernate.shards.function.}: {@code <name>} is {@code hash}, {@code id}, {@code
     *     range}, {@code list}, {@code directory} or a class; {@code <name>.<setting>} is one of its own settings
     * @throws IllegalArgumentException with a line for each problem
     */
    public static Map<String, BucketFunction> create(
            Map<String, String> settings, Supplier<Topology> topology, Catalog catalog) {
        return new BucketFunctions(settings, topology, catalog).all();
    }

    private Map<String, BucketFunction> all() {
        Map<String, BucketFunction> functions = new HashMap<>();
        functions.put("hash", new HashFunction());
        settings.forEach((setting, value) -> {
            int dot = setting.indexOf('.');
            String name = dot < 0 ? setting : setting.substring(0, dot);
            if (dot >= 0) {
                if (!settings.containsKey(name)) {
                    problem(setting, "there is no function \"" + name + "\"; set hibernate.shards.function." + name);
                }
            } else if (RESERVED.contains(name)) {
                problem(name, "\"" + name + "\" always means the one that ships; choose another name");
            } else {
                add(name, value.trim(), functions);
            }
        });
        Entries.refuse(problems);
        return Map.copyOf(functions);
    }

    private void add(String name, String kind, Map<String, BucketFunction> functions) {
        Map<String, String> own = new TreeMap<>();
        String prefix = name + ".";
        settings.forEach((setting, value) -> {
            if (setting.startsWith(prefix)) {
                own.put(setting.substring(prefix.length()), value.trim());
            }
        });
        try {
            BucketFunction function = kind.equals("id") ? id(own) : instance(name, kind);
            if (!kind.equals("id")) {
                function.configure(new GivenContext(Map.copyOf(own), topology, catalog));
            }
            functions.put(name, function);
        } catch (IllegalArgumentException e) {
            String.valueOf(e.getMessage()).lines().forEach(line -> problem(name, line));
        }
    }

    private void problem(String setting, String text) {
        problems.add("hibernate.shards.function." + setting + ": " + text);
    }

    private static BucketFunction id(Map<String, String> own) {
        List<String> wrong = new ArrayList<>(Entries.unknown(own, Set.of("style")));
        List<IdStyle> styles =
                Arrays.stream(IdStyle.values()).filter(IdStyle::carriesBucket).toList();
        String given = own.getOrDefault("style", "");
        for (IdStyle style : styles) {
            if (style.name().equals(given) && wrong.isEmpty()) {
                return new IdFunction(style);
            }
        }
        if (styles.stream().noneMatch(style -> style.name().equals(given))) {
            wrong.add("style = " + given + ": use one of " + styles);
        }
        throw new IllegalArgumentException(String.join("\n", wrong));
    }

    private static BucketFunction instance(String name, String kind) {
        return switch (kind) {
            case "hash" -> new HashFunction();
            case "range" -> new RangeFunction();
            case "list" -> new ListFunction();
            case "directory" -> new DirectoryFunction(name);
            default -> ofClass(kind);
        };
    }

    private static BucketFunction ofClass(String name) {
        try {
            ClassLoader applications = Thread.currentThread().getContextClassLoader();
            ClassLoader loader = applications == null ? BucketFunctions.class.getClassLoader() : applications;
            return Class.forName(name, true, loader)
                    .asSubclass(BucketFunction.class)
                    .getConstructor()
                    .newInstance();
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is none of hash, id, range, list, directory, nor a class on the class path", e);
        } catch (ClassCastException | NoSuchMethodException e) {
            throw new IllegalArgumentException(
                    name + " must implement BucketFunction and have a public constructor without parameters", e);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(name + " cannot be created: " + e.getCause(), e);
        } catch (InstantiationException | IllegalAccessException | LinkageError e) {
            throw new IllegalArgumentException(
                    name + " cannot be created: " + e + "; make it a public class that is not abstract", e);
        }
    }

    private record GivenContext(Map<String, String> settings, Supplier<Topology> source, Catalog catalog)
            implements BucketFunction.Context {
        @Override
        public Topology topology() {
            return source.get();
        }
    }
}
