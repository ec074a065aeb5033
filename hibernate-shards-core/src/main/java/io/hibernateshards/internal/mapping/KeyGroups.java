package io.hibernateshards.internal.mapping;

import io.hibernateshards.IdStyle;
import io.hibernateshards.spi.BucketFunction;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the bucket function of a root's key, and checks that the two fit. */
record KeyGroups(Functions functions, Problems problems) {
    /** Null if there is none; then the mistake is reported. */
    @Nullable
    KeyGroup of(TreeMapping tree, List<KeyAttribute> key) {
        IdStyle style = tree.keyIsId() ? tree.idStyle() : null;
        boolean carries = style != null && style.carriesBucket();
        List<Class<?>> types = key.stream().map(KeyAttribute::javaType).collect(Collectors.toUnmodifiableList());
        String name = tree.function();
        if (style != null && carries && (name.isEmpty() || name.equals("id"))) {
            return new KeyGroup("id", functions.ofId(style), types);
        }
        if (name.equals("id")) {
            return error(
                    tree,
                    "the function \"id\" reads the bucket that a generated id carries, and this is none",
                    "Use it on an @Id @ShardedId of a style that carries the bucket, or use hash");
        }
        if (carries) {
            return error(
                    tree,
                    "its id carries the bucket, which the function \"" + name + "\" might contradict",
                    "Leave the function out, or use @ShardedId(style = SNOWFLAKE)");
        }
        String used = name.isEmpty() ? "hash" : name;
        Optional<BucketFunction> function = functions.named(used);
        if (function.isEmpty()) {
            return error(
                    tree,
                    "there is no bucket function \"" + used + "\"; there are " + functions.names(),
                    "Configure it under hibernate.shards.function." + used);
        }
        Optional<String> wrong = function.get().check(types);
        if (wrong.isPresent()) {
            return error(tree, wrong.get(), "Choose another key or function");
        }
        Optional<KeyColumns.Problem> column = tree.key().stream()
                .map(KeyColumns::problem)
                .flatMap(Optional::stream)
                .findFirst();
        if (column.isPresent()) {
            return error(tree, column.get().what(), column.get().cure());
        }
        return new KeyGroup(used, function.get(), types);
    }

    private @Nullable KeyGroup error(TreeMapping tree, String what, String cure) {
        String path = tree.key().stream().map(Attribute::path).collect(Collectors.joining(", "));
        problems.error(tree.name(), path, what, cure);
        return null;
    }
}
