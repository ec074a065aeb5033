package io.hibernateshards.spring.test;

import io.hibernateshards.Topology;
import io.hibernateshards.spring.test.Plan.Kind;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about the shards that a query asks. A query that is refused fails them with its own error.
 *
 * @since 0.1
 */
public final class QueryAssert extends AbstractAssert<QueryAssert, String> {
    private final Topology topology;
    private final Function<Map<String, Object>, String> explained;
    private final Map<String, Object> parameters = new LinkedHashMap<>();

    QueryAssert(String query, Topology topology, Function<Map<String, Object>, String> explained) {
        super(query, QueryAssert.class);
        this.topology = topology;
        this.explained = explained;
    }

    /**
     * Binds a parameter.
     *
     * @param name as the query has it, without the colon
     * @param value what it is bound to; which shards are asked may depend on it
     * @return this
     */
    public QueryAssert with(String name, Object value) {
        parameters.put(name, value);
        return this;
    }

    /**
     * Binds an ordinal parameter.
     *
     * @param position from 1
     * @param value what it is bound to
     * @return this
     */
    public QueryAssert with(int position, Object value) {
        return with(Integer.toString(position), value);
    }

    /**
     * It asks one shard, which may depend on its parameters, or be any shard for a query of reference entities alone.
     *
     * @return this
     */
    public QueryAssert asksOneShard() {
        Plan plan = plan();
        if (!plan.isOneShard() || plan.kind() == Kind.LOOKED_UP) {
            fail("one shard", plan);
        }
        return this;
    }

    /**
     * It asks these shards and no others. Of a query that any shard could answer this is never so.
     *
     * @param shards their names
     * @return this
     */
    public QueryAssert asksShards(String... shards) {
        Plan plan = plan();
        Set<String> expected = new TreeSet<>(Arrays.asList(shards));
        if (!plan.shards().equals(expected) || plan.kind() == Kind.LOOKED_UP) {
            fail("exactly " + expected, plan);
        }
        return this;
    }

    /**
     * It asks every shard that holds rows.
     *
     * @return this
     */
    public QueryAssert asksAllShards() {
        Plan plan = plan();
        if (!plan.shards().equals(all()) || plan.kind() == Kind.LOOKED_UP) {
            fail("all of " + all(), plan);
        }
        return this;
    }

    /**
     * It asks a lookup of {@code @GlobalUnique} or {@code @ShardLookup} for its shards, one shard for each value, and
     * nothing else.
     *
     * @return this
     */
    public QueryAssert asksLookup() {
        Plan plan = plan();
        if (plan.kind() != Kind.LOOKED_UP) {
            fail("a lookup", plan);
        }
        return this;
    }

    /**
     * Each shard answers it by itself, and the answers are merged: no rows are copied from shard to shard.
     *
     * @return this
     */
    public QueryAssert copiesNothing() {
        Plan plan = plan();
        if (plan.kind() == Kind.GATHERED) {
            fail("nothing for copies of rows", plan);
        }
        return this;
    }

    private Set<String> all() {
        Set<String> all = new TreeSet<>();
        topology.shards().stream()
                .filter(shard -> topology.bucketsOf(shard).size() > 0)
                .forEach(shard -> all.add(shard.name()));
        return all;
    }

    private Plan plan() {
        return Plan.of(explained.apply(parameters));
    }

    private void fail(String expected, Plan plan) {
        failWithMessage(
                "%nExpecting query%n  %s%nwith parameters %s to ask %s, but it %s. Its plan:%n%s%n%s",
                actual,
                parameters.keySet(),
                expected,
                plan.asked(),
                plan.text().indent(2).stripTrailing(),
                advice(plan));
    }

    private static String advice(Plan plan) {
        return switch (plan.kind()) {
            case ANY -> "It is of reference entities alone, or its where clause can be true nowhere.";
            case TARGETED, LOOKED_UP ->
                "The where clause decides: an = or in on the shard key, on an id that carries its"
                        + " bucket, on an association that leads to the key, or on an attribute with a lookup.";
            case SCATTERED ->
                "No condition of it narrows the shards any further. To ask fewer, add an = or in on the shard"
                        + " key, on an id that carries its bucket, or on an association that leads to the key; where asking"
                        + " several is meant, say asksShards or asksAllShards.";
            case GATHERED ->
                "Its parts do not live together. To copy nothing, join along the shard key, or ask in two"
                        + " queries; to ask one shard, add an = on the shard key.";
        };
    }
}
