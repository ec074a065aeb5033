package io.hibernateshards.migrate;

import java.util.OptionalLong;

/**
 * A table of the source that an import leaves alone, as no entity has it.
 *
 * @param table as SQL writes it
 * @param rows about how many, as the source's statistics have it; empty if those say nothing, before the first ANALYZE
 * @since 0.1
 */
public record UncopiedTable(String table, OptionalLong rows) {}
