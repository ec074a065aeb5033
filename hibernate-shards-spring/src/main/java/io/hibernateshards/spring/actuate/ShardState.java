package io.hibernateshards.spring.actuate;

import io.hibernateshards.ServerStatus;
import java.util.List;

/** What a shard can do, as far as is known. */
enum ShardState {
    /** It can be read and written. */
    UP,
    /** Only replicas can be reached. */
    READ_ONLY,
    DOWN;

    static ShardState of(List<ServerStatus> servers) {
        boolean reads = false;
        for (ServerStatus server : servers) {
            if (server.available() && server.role() == ServerStatus.Role.PRIMARY) {
                return UP;
            }
            reads |= server.available() && server.role() == ServerStatus.Role.REPLICA;
        }
        return reads ? READ_ONLY : DOWN;
    }
}
