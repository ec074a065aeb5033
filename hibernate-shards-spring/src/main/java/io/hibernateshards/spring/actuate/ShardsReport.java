package io.hibernateshards.spring.actuate;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How all shards are, as far as is known: what {@code /actuator/shards} and the console show. Sizes and rows are
 * PostgreSQL's own estimates, some seconds old.
 *
 * @param time when it was made
 * @param topology the placement in force
 * @param shards in the order of the settings
 * @since 0.1
 */
public record ShardsReport(Instant time, Placement topology, List<Shard> shards) {
    /**
     * The placement in force.
     *
     * @param version grows with every change
     * @param buckets how many there are in all
     */
    public record Placement(long version, int buckets) {}

    /**
     * One shard.
     *
     * @param name its name in the settings
     * @param status {@code UP}; {@code READ_ONLY} if only replicas can be reached; {@code DOWN}
     * @param buckets how many buckets it holds
     * @param rows of sharded entities, estimated; null if that is not known
     * @param bytes of all tables with their indexes; null if that is not known
     * @param asOf when rows, bytes and transactions in doubt were asked for; null if there was no answer yet
     * @param problem why they could not be asked for the last time; null if they could
     * @param servers the primary and its replicas
     * @param tables those of the entities
     * @param hotKeys what this JVM asks the shard for most
     * @param inDoubt what transactions over several shards have prepared there and not ended yet
     */
    public record Shard(
            String name,
            String status,
            int buckets,
            @Nullable Long rows,
            @Nullable Long bytes,
            @Nullable Instant asOf,
            @Nullable String problem,
            List<Server> servers,
            List<Table> tables,
            List<Hot> hotKeys,
            List<InDoubt> inDoubt) {}

    /**
     * One server of a shard.
     *
     * @param name {@code primary}, or the replica's name in the settings
     * @param role {@code PRIMARY}, {@code REPLICA} or {@code UNUSED}
     * @param available whether it can be used, as far as is known
     * @param lagMillis at most how much time's commits it lacks; null if that is not known, and of the primary
     * @param problem why it is not used; null if it is
     * @param weight its share of the reads beside other replicas
     * @param pool its connections
     */
    public record Server(
            String name,
            String role,
            boolean available,
            @Nullable Long lagMillis,
            @Nullable String problem,
            int weight,
            Pool pool) {}

    /**
     * The connections of this JVM's sessions to one server.
     *
     * @param active in use
     * @param idle not in use
     * @param total open
     * @param waiting threads that wait for one
     * @param max how many there may be
     */
    public record Pool(int active, int idle, int total, int waiting, int max) {}

    /**
     * One table of the mapping.
     *
     * @param name as the mapping has it
     * @param kind {@code sharded}, {@code reference} (a copy on every shard) or {@code single} (on one shard)
     * @param rows estimated; null if PostgreSQL does not know
     * @param bytes with its indexes
     */
    public record Table(String name, String kind, @Nullable Long rows, long bytes) {}

    /**
     * An entity that is asked for remarkably often.
     *
     * @param entity its name
     * @param id its identifier; null unless {@code hibernate.shards.spring.hot-keys.show-ids} is on
     * @param count about how many finds of late
     * @param share of the shard's finds by id, from 0 to 1
     */
    public record Hot(String entity, @Nullable String id, long count, double share) {}

    /**
     * A branch of a transaction over several shards that is prepared and not ended.
     *
     * @param name what the server calls it
     * @param ageMillis since it was prepared
     * @param owner the database user who prepared it
     */
    public record InDoubt(String name, long ageMillis, String owner) {}
}
