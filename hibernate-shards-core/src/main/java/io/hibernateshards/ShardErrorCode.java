package io.hibernateshards;

/**
 * Every kind of error, with what it means and what to do. The page {@code docs/errors.md} lists the same.
 *
 * @since 0.1
 */
public enum ShardErrorCode {
    /** A setting is missing, unknown, of the wrong type, or contradicts another. */
    CONFIGURATION(
            "HS-001",
            "Settings cannot be used",
            "The application does not start. The message lists every problem with its setting; correct them all."),
    /** An entity cannot be placed as it is mapped. */
    MAPPING(
            "HS-002",
            "Mapping cannot be sharded",
            "The application does not start. The message lists every problem with entity, attribute and cure."),
    /** The tables of a shard are not what the mapping needs. */
    SCHEMA(
            "HS-003",
            "Schema differs or could not be changed",
            "The message lists the shards and what differs on each; migrate those shards, then start again."),
    /** A database is not the shard that the settings say it is. */
    IDENTITY(
            "HS-004",
            "A database is another shard",
            "The start or the connection is refused. The message names both sides; correct the URL, or adopt a moved shard."),
    /** The settings or the mapping place rows elsewhere than they are. */
    TOPOLOGY(
            "HS-005",
            "Settings contradict the topology of the databases",
            "The application does not start, and nothing was changed. The message names both sides; set them back."),
    /** The key of an entity is null or not of the mapped type. */
    SHARD_KEY_MISSING(
            "HS-010",
            "No shard key",
            "Set the key (or the association that leads to it) before the entity is stored, or pass ShardKeys to find."),
    /** A stored entity's key was changed. */
    SHARD_KEY_CHANGED(
            "HS-011",
            "A shard key cannot change",
            "The row would have to move to another shard. Store a new entity under the new key and remove the old one."),
    /** A row was about to be written to a shard that does not own its bucket. */
    MISPLACED_ROW(
            "HS-012",
            "A row does not belong to this shard",
            "An entity was attached to the session of another shard, or SQL wrote past the session. Nothing was stored."),
    /** An entity of one shard was made to refer to an entity of another. */
    CROSS_SHARD_REFERENCE(
            "HS-013",
            "A reference would cross shards",
            "Entities that point to each other must share a shard key; otherwise keep the other's id as a plain value."),
    /** One transaction wrote to a second shard. */
    CROSS_SHARD_TRANSACTION(
            "HS-020",
            "A transaction in mode single-shard may write one shard",
            "Nothing was sent. Write each shard in a transaction of its own, or have the servers prepare transactions."),
    /** Some shards committed and others did not, or the outcome is not known. */
    PARTIAL_COMMIT(
            "HS-021",
            "A change reached only some shards",
            "The message names them. The call can be repeated: what was already stored is left as it is."),
    /** The outcome of a commit on several shards is not known yet. */
    IN_DOUBT(
            "HS-022",
            "It is not known yet whether the transaction committed",
            "A server went away as it decided. Recovery commits or rolls back all of it; look before you repeat it."),
    /** A server would not prepare a branch. */
    NOT_PREPARED(
            "HS-023",
            "A shard cannot take part in a commit with others",
            "Nothing was stored. The message says why: temporary tables, NOTIFY, or the server's max_prepared_transactions."),
    /** Transactions over several shards waited for each other, or one of them waited too long. */
    CROSS_SHARD_DEADLOCK(
            "HS-024",
            "Transactions waited for each other on several shards",
            "Nothing is stored. Roll back and repeat it; change rows in the same order everywhere and it is rare."),
    /** A shard lost the locks of a transaction before its commit. */
    LOCK_LOST(
            "HS-025",
            "Locks were lost before the commit",
            "Nothing is stored: others may have changed what the locks protect. Repeat the transaction."),
    /** A prepared branch of a transaction was ended against the decision, by somebody else. */
    BRANCH_LOST(
            "HS-026",
            "A shard has ended its part of a transaction against the decision",
            "Somebody ended a prepared transaction by hand. Compare what it wrote on each shard, and mend it by hand."),
    /** A shard's part of a transaction failed, or was ended, before the commit, and the application went on. */
    BRANCH_ENDED(
            "HS-027",
            "A shard's part of the transaction was over before the commit",
            "A statement failed there, or work on its connection ended it. Roll back after such an error, and repeat."),
    /** No tier of the query engine is proven right for this query. */
    QUERY_REFUSED(
            "HS-030",
            "The query cannot be answered exactly",
            "Nothing was sent. The message names the construct, the reason and a rewrite."),
    /** An operation has no meaning over several shards. */
    OPERATION_REFUSED(
            "HS-031",
            "The operation has no single meaning over shards",
            "The message names the operation that does what was meant."),
    /** A query over several shards would cost more than settings or hints allow. */
    QUERY_BUDGET(
            "HS-032",
            "The query costs more than it may",
            "The message names the limit and what was seen. Give the shard key, ask for less, or raise the limit for it."),
    /** SQL or a stored procedure, which is text to this library, without a hint that says where it is to run. */
    ROUTE_MISSING(
            "HS-033",
            "It is not said which shards the SQL is for",
            "Nothing was sent. Set one of the hints of ShardHints: KEY, SHARD, ALL or GATHER."),
    /** The cursor of a page cannot be used. */
    INVALID_CURSOR(
            "HS-034",
            "A cursor is not valid",
            "It was changed, made for another query, or signed by another secret. Begin at the first page again."),
    /** Work that a scope gives to one shard is for another. */
    ROUTE_CONFLICT(
            "HS-035",
            "The work is for another shard than its scope",
            "Nothing was sent. The message names both: do it outside the scope, or give the scope the right shard."),
    /** A shard cannot be reached, or its pool gave no connection in time. */
    SHARD_UNAVAILABLE(
            "HS-040",
            "A shard is unavailable",
            "Only what needs that shard fails. The message names it and the state of its pool."),
    /** The session factory was closed before or while this was done. */
    FACTORY_CLOSED(
            "HS-041",
            "The session factory is closed",
            "Close it after the work that uses it. If a commit failed with it, look whether its rows are stored."),
    /** Ids cannot be made without risking a duplicate. */
    ID_GENERATION(
            "HS-050",
            "No id can be generated safely",
            "The worker lease has run out, the clock stepped back too far, or a bucket is missing; see the message."),
    /** A row of {@link GlobalUnique} or {@link ShardLookup} cannot be kept. */
    LOOKUP(
            "HS-060",
            "A lookup cannot be kept",
            "A value or an id is too long, the tables are gone, or values that must be unique are not; see the message."),
    /** A database cannot be copied into shards, or what was copied is not what is there. */
    IMPORT(
            "HS-070",
            "A database cannot be imported",
            "The message lists every reason with table and cure; unless it says so, nothing was copied.");

    private final String code;
    private final String title;
    private final String advice;

    ShardErrorCode(String code, String title, String advice) {
        this.code = code;
        this.title = title;
        this.advice = advice;
    }

    /**
     * The stable code, as messages begin with it.
     *
     * @return such as {@code HS-001}
     */
    public String code() {
        return code;
    }

    /**
     * The kind of error in a few words.
     *
     * @return one line
     */
    public String title() {
        return title;
    }

    /**
     * What it means for the application and what to do.
     *
     * @return a sentence or two
     */
    public String advice() {
        return advice;
    }
}
