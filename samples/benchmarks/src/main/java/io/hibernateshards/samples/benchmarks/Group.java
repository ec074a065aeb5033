package io.hibernateshards.samples.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is known of a category's accounts. */
record Group(int category, long accounts, long sum, long largest) {
    /** A query in HQL or SQL, whose only parameter is the least score; without a parameter if all accounts count. */
    static String query(String from, long least, String parameter) {
        return "select category, count(*), sum(score), max(score) from " + from
                + (least == 0 ? "" : " where score >= " + parameter) + " group by category order by category";
    }

    /** A row of that in HQL. */
    static Group of(Object[] row) {
        return new Group(
                ((Number) row[0]).intValue(),
                ((Number) row[1]).longValue(),
                ((Number) row[2]).longValue(),
                ((Number) row[3]).longValue());
    }

    private Group and(Group other) {
        return new Group(category, accounts + other.accounts, sum + other.sum, Math.max(largest, other.largest));
    }

    /** The groups of all shards from those of each, in order of category: what an application would write by hand. */
    static Iterable<Group> merged(List<List<Group>> shards) {
        Map<Integer, Group> merged = new TreeMap<>();
        for (List<Group> groups : shards) {
            for (Group group : groups) {
                merged.merge(group.category, group, Group::and);
            }
        }
        return merged.values();
    }

    /** A figure that differs if the groups or their order do. */
    static long digest(Iterable<Group> groups) {
        long digest = 0;
        for (Group group : groups) {
            digest = digest * 31 + group.category + group.accounts * 7 + group.sum * 13 + group.largest;
        }
        return digest;
    }
}
