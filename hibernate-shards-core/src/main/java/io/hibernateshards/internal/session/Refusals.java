package io.hibernateshards.internal.session;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.route.Target;

/** What a sharded session will not do, and what to do instead. */
final class Refusals {
    private Refusals() {}

    static ShardingException operation(String operation, String reason, String instead) {
        return new ShardingException(
                ShardErrorCode.OPERATION_REFUSED, operation + ": " + reason + ". Instead: " + instead + ".");
    }

    static ShardingException sharedSession(String operation) {
        return operation(
                operation,
                "a session that shares the connection of this one would have to share those of all its shards",
                "open another session of the factory, or pass this one on");
    }

    static ShardingException referenceWrite(String entity, boolean inTransaction) {
        return operation(
                "write of " + entity,
                "it is a reference entity, whose copies on all shards are written in one transaction, "
                        + (inTransaction ? "and this one may write one shard only" : "and none is active"),
                inTransaction
                        ? "set " + ShardSettings.TRANSACTION_MODE + " to " + TransactionMode.TWO_PHASE.setting()
                                + ", or use ShardedSessionFactory.getReferenceData()"
                        : "begin one");
    }

    static ShardingException connection(String operation) {
        return operation(
                operation,
                "the session has a connection for each shard, and this says not which",
                "use doReturningWork(shard, work)");
    }

    static ShardingException tenant() {
        return operation(
                "tenantIdentifier",
                "the tenant of each child session is its shard",
                "make the tenant a part of the shard key; @SingleShard and pins give one a shard of its own");
    }

    static ShardingException movedByKey(String row, Object from, Object to) {
        return new ShardingException(
                ShardErrorCode.SHARD_KEY_CHANGED,
                row + ": it is stored on shard \"" + from + "\", the instance has a key of shard \"" + to
                        + "\"; store a new entity under the new key and remove this one");
    }

    static ShardingException writesSeveral(Target target, String statement) {
        return new ShardingException(
                ShardErrorCode.CROSS_SHARD_TRANSACTION,
                "one transaction may write one shard, but the statement would have to be sent to " + target
                        + ". Nothing was sent. Give the shard key, and run it once for each key, or"
                        + " once for each shard by the hint ShardHints.SHARD, in a transaction of its own; or set "
                        + ShardSettings.TRANSACTION_MODE + " to " + TransactionMode.TWO_PHASE.setting()
                        + ". Statement: " + statement);
    }

    static ShardingException outOfScope(String what, Object where, ShardId scope) {
        return new ShardingException(
                ShardErrorCode.ROUTE_CONFLICT,
                what + " is for " + where + ", but what this thread does now is for shard \"" + scope
                        + "\", as a scope around it says (ShardContext, @OnShard). Nothing was sent");
    }

    static ShardingException noPlace(String entityName) {
        return new ShardingException(
                ShardErrorCode.SHARD_KEY_MISSING,
                entityName
                        + ": neither its shard key nor its id tells where it lives. Set the key, or the association that"
                        + " leads to it, before the call");
    }

    static ShardingException ambiguous(String entityName, Object id, Object shards) {
        return new ShardingException(
                ShardErrorCode.SHARD_KEY_MISSING,
                entityName + "#" + id + " is on more than one of the shards " + shards
                        + ": its id is unique only on each shard. Pass ShardKeys.of(…) to find the one that is meant");
    }
}
