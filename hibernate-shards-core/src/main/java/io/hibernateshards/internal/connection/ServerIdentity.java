package io.hibernateshards.internal.connection;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The database behind a connection, and the shard that its catalog says it is.
 *
 * @param system identifier of the database cluster, which physical copies share; 0 if the user may not read it
 * @param database its object identifier
 * @param schema of the tables; empty if none of the search path exists
 * @param schemaId its object identifier, which a schema of the same name that takes its place does not have; 0 if there is none
 * @param standby whether it can only be read
 * @param hidden whether the user may not read the catalog, so that nothing is known of the record
 * @param claim null if the catalog has no record of this schema
 */
public record ServerIdentity(
        long system,
        long database,
        String databaseName,
        String schema,
        long schemaId,
        boolean standby,
        boolean hidden,
        @Nullable Claim claim) {
    /**
     * A shard as recorded in its own catalog.
     *
     * @param cluster of all shards that are used together
     * @param name of the shard
     * @param system where it was recorded
     * @param database where it was recorded
     * @param schemaId of the schema where it was recorded; 0 if it was not
     */
    public record Claim(String cluster, String name, long system, long database, long schemaId) {}

    /** Whether both are the same schema of the same database, or of physical copies of it. */
    public boolean isSamePlaceAs(ServerIdentity other) {
        return system == other.system && database == other.database && schema.equals(other.schema);
    }

    /** Whether the record was written here, and did not come with a dump, a template or a logical copy. */
    public boolean isWhereRecorded() {
        return isDatabaseWhereRecorded()
                && claim != null
                && (claim.schemaId() == schemaId || claim.schemaId() == 0 || schemaId == 0);
    }

    /** Whether at least the database is. */
    boolean isDatabaseWhereRecorded() {
        return claim != null
                && (claim.system() == system || claim.system() == 0 || system == 0)
                && claim.database() == database;
    }

    /**
     * Returns what tells positions in the write-ahead log of this shard from those of others: equal in all JVMs, for the shards
     * that are used together and the database cluster. 0 if either is unknown.
     */
    int fingerprint() {
        if (claim == null || system == 0) {
            return 0;
        }
        long mixed = (claim.cluster().hashCode() * 0x9E3779B97F4A7C15L ^ system) * 0xBF58476D1CE4E5B9L;
        int half = (int) (mixed >>> 32);
        return half == 0 ? 1 : half;
    }

    /** Whether an error says that a server cannot be reached, and not that it refuses a statement. */
    public static boolean isUnreachable(SQLException e) {
        return Server.isUnreachable(e);
    }

    /** Names exactly this database, for the setting that adopts it. */
    public String place() {
        return Long.toUnsignedString(system) + "/" + database;
    }

    /** The database for messages. */
    public String described() {
        return "schema \"" + schema + "\" of database \"" + databaseName + "\" (" + place() + ")";
    }
}
