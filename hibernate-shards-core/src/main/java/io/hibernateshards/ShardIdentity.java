package io.hibernateshards;

/**
 * The database that a shard is. A connection of that shard to any other database is refused.
 *
 * @param shard as the settings call it
 * @param systemIdentifier of the PostgreSQL server, as {@code pg_control_system()} tells it: an unsigned number that physical
 *     copies have in common; 0 if the user may not read it
 * @param databaseOid the object identifier of the database there
 * @param database its name when it was checked
 * @param schema of the shard's tables; empty if none of the search path exists
 * @param recorded whether the shard's own catalog has a record of this; it has none if a shard could only be read
 * @see ClusterIdentity#shards()
 * @since 0.1
 */
public record ShardIdentity(
        ShardId shard, long systemIdentifier, long databaseOid, String database, String schema, boolean recorded) {
    /**
     * The server and the database as {@link ShardSettings#ADOPT} names them.
     *
     * @return for example {@code 7421337712345678901/16384}
     */
    public String place() {
        return Long.toUnsignedString(systemIdentifier) + "/" + databaseOid;
    }

    /** The shard, its schema, its database and its place. */
    @Override
    public String toString() {
        return "\"" + shard + "\" is schema \"" + schema + "\" of database \"" + database + "\" (" + place() + ")"
                + (recorded ? "" : ", not recorded");
    }
}
