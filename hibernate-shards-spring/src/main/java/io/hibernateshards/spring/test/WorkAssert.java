package io.hibernateshards.spring.test;

import io.hibernateshards.ShardId;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about the shards that a piece of work has asked: by queries, by finds, and by what it has written.
 *
 * @since 0.1
 */
public final class WorkAssert extends AbstractAssert<WorkAssert, Set<String>> {
    private WorkAssert(Set<String> asked) {
        super(asked, WorkAssert.class);
    }

    static WorkAssert of(Set<ShardId> asked) {
        Set<String> names = new TreeSet<>();
        asked.forEach(shard -> names.add(shard.name()));
        return new WorkAssert(names);
    }

    /**
     * It has asked one shard.
     *
     * @return this
     */
    public WorkAssert asksOneShard() {
        if (actual.size() != 1) {
            fail("one shard");
        }
        return this;
    }

    /**
     * It has asked these shards and no others.
     *
     * @param shards their names
     * @return this
     */
    public WorkAssert asksShards(String... shards) {
        Set<String> expected = new TreeSet<>(Arrays.asList(shards));
        if (!actual.equals(expected)) {
            fail("exactly " + expected);
        }
        return this;
    }

    /**
     * It has asked so many shards or fewer.
     *
     * @param most how many
     * @return this
     */
    public WorkAssert asksAtMost(int most) {
        if (actual.size() > most) {
            fail("at most " + most + " shards");
        }
        return this;
    }

    private void fail(String expected) {
        failWithMessage(
                "%nExpecting the work to ask %s, but it has asked %s. assertThatQuery tells for each of its queries which"
                        + " shards it asks, and why; a find by an id that does not name the shard asks all.",
                expected, actual);
    }
}
