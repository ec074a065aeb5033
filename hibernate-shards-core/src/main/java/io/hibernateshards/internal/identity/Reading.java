package io.hibernateshards.internal.identity;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.ServerIdentity;
import io.hibernateshards.internal.connection.ServerIdentity.Claim;
import org.jspecify.annotations.Nullable;

/**
 * The records in the catalog of one shard.
 *
 * @param address of its primary
 * @param topology of the cluster that it says it belongs to; null if there is none
 */
record Reading(ShardId shard, String address, ServerIdentity identity, @Nullable RecordedTopology topology) {
    @Nullable
    Claim claim() {
        return identity.claim();
    }

    /** The shard that it says it is. */
    String claimedName() {
        Claim claim = claim();
        return claim == null ? "" : claim.name();
    }

    /** The value of the setting that adopts exactly this database as this shard. */
    String token() {
        return shard + "@" + identity.place();
    }

    String described() {
        return described(shard, address);
    }

    static String described(ShardId shard, String address) {
        return "shard \"" + shard + "\" (" + address + ")";
    }
}
