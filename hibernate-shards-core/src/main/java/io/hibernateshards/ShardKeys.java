package io.hibernateshards;

import jakarta.persistence.FindOption;
import java.util.List;

/**
 * The shard key of what is looked for, so that a find whose id does not tell the shard asks one shard instead of all:
 * {@code session.find(OrderLine.class, id, ShardKeys.of(customerId))}.
 *
 * @param values the root's key as the root maps it, one value for each attribute of the key
 * @since 0.1
 */
public record ShardKeys(List<Object> values) implements FindOption {
    /**
     * Copies the values.
     *
     * @param values none of them null
     */
    public ShardKeys {
        values = List.copyOf(values);
    }

    /**
     * A key.
     *
     * @param values one value for each attribute of the key, none of them null
     * @return the option
     */
    public static ShardKeys of(Object... values) {
        return new ShardKeys(List.of(values));
    }
}
