package io.hibernateshards.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.Effort;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.jqwik.api.AfterFailureMode;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.FixedSeedMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Random queries about random rows are answered as one plain PostgreSQL answers them, or refused. Every build asks the
 * same ones, and every night more and others ({@link Effort}); {@code -Dshards.oracle.queries=N} asks so many,
 * {@code -Dshards.oracle.seed=N} others. A difference is told as the smallest query and rows that show it.
 */
class GeneratedQueriesTest {
    private static final int QUERIES = Effort.of("shards.oracle.queries", 6_000, 20_000);
    private static final long SEED = Effort.seed("shards.oracle.seed");

    /** Each with other rows. */
    private static final int ROUNDS = 10;

    private static final Tally TALLY = new Tally();

    /** Kept, or they would be collected with their levels: queries that the server refuses are no news. */
    private static final List<Logger> QUIET = List.of(
            Logger.getLogger("org.hibernate.engine.jdbc.spi.SqlExceptionHelper"),
            Logger.getLogger("org.hibernate.orm.jdbc.error"));

    private Sides sides;
    private Schema schema;
    private double share;

    @BeforeContainer
    static void quiet() {
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
    }

    @AfterContainer
    static void tell() {
        QUIET.forEach(logger -> logger.setLevel(null));
        TALLY.write(Path.of("target", "oracle", "refused.txt"));
        System.out.println(TALLY);
        System.out.println("oracle: seed=" + SEED);
        assertThat(TALLY.refusedShare()).as("share of refused queries").isLessThan(0.25);
        assertThat(TALLY.invalidShare()).as("share of invalid queries").isLessThan(0.05);
    }

    @AfterProperty
    void close() {
        sides.close();
    }

    @Generated
    void fourShards(@ForAll("c4") Round round) {
        round.ask(sides, TALLY);
    }

    @Provide
    Arbitrary<Round> c4() {
        return rounds(Layout.DATABASES, 4, Collation.C, 0.3);
    }

    @Generated
    void oneShard(@ForAll("c1") Round round) {
        round.ask(sides, TALLY);
    }

    @Provide
    Arbitrary<Round> c1() {
        return rounds(Layout.DATABASES, 1, Collation.C, 0.1);
    }

    @Generated
    void sixteenSchemas(@ForAll("c16") Round round) {
        round.ask(sides, TALLY);
    }

    @Provide
    Arbitrary<Round> c16() {
        return rounds(Layout.SCHEMAS, 16, Collation.C, 0.15);
    }

    @Generated
    void german(@ForAll("de") Round round) {
        round.ask(sides, TALLY);
    }

    @Provide
    Arbitrary<Round> de() {
        return rounds(Layout.DATABASES, 4, Collation.icu("de-DE"), 0.15);
    }

    @Generated
    void swedish(@ForAll("sv") Round round) {
        round.ask(sides, TALLY);
    }

    @Provide
    Arbitrary<Round> sv() {
        return rounds(Layout.SCHEMAS, 4, Collation.icu("sv"), 0.15);
    }

    @Generated
    void libc(@ForAll("utf8") Round round) {
        round.ask(sides, TALLY);
    }

    @Provide
    Arbitrary<Round> utf8() {
        return rounds(Layout.DATABASES, 4, Collation.libc("C.UTF-8"), 0.15);
    }

    private Arbitrary<Round> rounds(Layout layout, int shards, Collation collation, double part) {
        if (sides == null) {
            sides = new Sides(layout, shards, collation);
            schema = new Schema(sides.plain);
            share = part;
        }
        long seed = SEED * 0x9E3779B97F4A7C15L + 31L * collation.sql().hashCode() + shards; // each layout has its own
        int questions = (int) Math.max(1, Math.ceil(QUERIES * share / ROUNDS));
        return Arbitraries.fromGenerator(random -> Round.of(new Random(random.nextLong() ^ seed), schema, questions)
                .shrinkable());
    }

    /** Rounds of questions, each query smaller until it is not different any more. */
    @Property(
            tries = ROUNDS,
            seed = "42",
            whenFixedSeed = FixedSeedMode.ALLOW,
            generation = GenerationMode.RANDOMIZED,
            edgeCases = EdgeCasesMode.NONE,
            shrinking = ShrinkingMode.FULL,
            afterFailure = AfterFailureMode.RANDOM_SEED)
    @java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
    @interface Generated {}
}
