package io.hibernateshards.internal.mapping;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects all mistakes of a mapping, to report them together. */
final class Problems {
    private final List<String> errors = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /** A mistake: where, what, and the cure. */
    void error(String entity, @Nullable String attribute, String what, String cure) {
        errors.add(entity + (attribute == null ? "" : "." + attribute) + ": " + what + ". " + cure + ".");
    }

    void warning(String entity, String what) {
        warnings.add(entity + ": " + what + ".");
    }

    List<String> warnings() {
        return warnings;
    }

    void throwIfAny() {
        if (!errors.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.MAPPING,
                    errors.size() + (errors.size() == 1 ? " mistake" : " mistakes") + " in the mapping:\n  "
                            + String.join("\n  ", errors.stream().sorted().toList()));
        }
    }
}
