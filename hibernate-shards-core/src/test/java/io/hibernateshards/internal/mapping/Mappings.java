package io.hibernateshards.internal.mapping;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Mappings written by hand, for tests of what comes after the reader. */
public final class Mappings {
    private Mappings() {}

    public static ShardMapping of(EntityPlacement... placements) {
        return new ShardMapping(
                Arrays.stream(placements).collect(Collectors.toMap(EntityPlacement::entityName, Function.identity())));
    }
}
