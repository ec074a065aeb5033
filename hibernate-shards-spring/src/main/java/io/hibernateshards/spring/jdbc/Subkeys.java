package io.hibernateshards.spring.jdbc;

import io.hibernateshards.ShardKeys;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.ShardingKey;
import java.sql.ShardingKeyBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A sharding key as this data source makes it. */
record Subkeys(List<Object> values) implements ShardingKey {
    Subkeys {
        values = List.copyOf(values);
    }

    static Subkeys of(ShardingKey key) throws SQLException {
        if (key instanceof Subkeys ours) {
            return ours;
        }
        throw new SQLException("a sharding key of class " + key.getClass().getName()
                + ": make it by createShardingKeyBuilder() of this data source");
    }

    ShardKeys keys() {
        return new ShardKeys(values);
    }

    /** Collects the values. */
    static final class Builder implements ShardingKeyBuilder {
        private final List<Object> values = new ArrayList<>(1);

        @Override
        public ShardingKeyBuilder subkey(Object subkey, SQLType subkeyType) {
            values.add(Objects.requireNonNull(subkey, "a value of a shard key is never null"));
            return this;
        }

        @Override
        public ShardingKey build() throws SQLException {
            if (values.isEmpty()) {
                throw new SQLException("a sharding key has at least one subkey");
            }
            return new Subkeys(values);
        }
    }
}
