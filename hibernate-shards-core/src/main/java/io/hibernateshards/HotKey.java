package io.hibernateshards;

/**
 * An entity that sessions asked a shard for remarkably often of late.
 *
 * @param entityName of the root of its inheritance tree
 * @param id its identifier
 * @param count about how many finds asked for it; those of five minutes ago count half, those of ten minutes a quarter, and
 *     so on
 * @param share its part of all finds by id on the shard, counted likewise; from 0 to 1
 * @see ShardedSessionFactory#getHotKeys()
 * @since 0.1
 */
public record HotKey(String entityName, Object id, long count, double share) {}
