package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.invalidation.Twins.Item;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** As {@link CoherenceTest}, with a JVM that is another one. */
class TwoJvmsTest {
    private static final List<Long> IDS = LongStream.rangeClosed(1, 12).boxed().toList();

    private static Twins twins;
    private static Process other;
    private static PrintStream orders;
    private static BufferedReader answers;

    @BeforeAll
    static void start() throws IOException {
        twins = new Twins(LocalCluster.shared(Layout.DATABASES, 2));
        twins.here.inTransaction(session -> IDS.forEach(id -> session.persist(new Item(id, "old"))));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                OtherJvm.class.getName(),
                String.join(",", IDS.stream().map(Object::toString).toList())));
        for (Map.Entry<String, String> setting : twins.cluster.settings().entrySet()) {
            command.add(setting.getKey());
            command.add(setting.getValue());
        }
        other = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        orders = new PrintStream(other.getOutputStream(), true, StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8));
        assertThat(answer()).isEqualTo("ready");
    }

    @AfterAll
    static void stop() throws InterruptedException {
        orders.close(); // which ends it
        other.waitFor();
        twins.close();
    }

    /** Its log is among its output. */
    private static String answer() throws IOException {
        for (String line = answers.readLine(); line != null; line = answers.readLine()) {
            if (line.startsWith("= ")) {
                return line.substring(2);
            }
        }
        throw new IllegalStateException("the other JVM has ended");
    }

    private static String ask(String order) throws IOException {
        orders.println(order);
        return answer();
    }

    @Test
    void aChange_isSeenByTheOthersCache_bothWays() throws IOException {
        ask("texts");
        twins.change(IDS.get(0), "here");
        assertThat(ask("texts")).startsWith("here,");

        OtherJvm.texts(twins.here, IDS);
        assertThat(ask("change")).isEqualTo("changed");
        Twins.settle(twins.here);
        assertThat(OtherJvm.texts(twins.here, IDS)).startsWith("changed,");
    }

    @Test
    void writersInBoth_readersOfTheCacheSeeNothingOld_andTheSameInTheEnd() throws IOException, InterruptedException {
        orders.println("storm");
        Storm storm = new Storm(twins.here, IDS);
        List<String> faults = storm.run(OtherJvm.CHANGES, 4711);

        assertThat(answer()).isEqualTo("well");
        assertThat(faults).isEmpty();
        assertThat(storm.reads()).isGreaterThan(OtherJvm.CHANGES);
        Twins.settle(twins.here);
        String stored = String.join(
                ",",
                IDS.stream()
                        .map(id -> twins.there.fromSession(
                                session -> session.createQuery("select text from Item where id = :id", String.class)
                                        .setParameter("id", id)
                                        .getSingleResult()))
                        .toList());
        assertThat(OtherJvm.texts(twins.here, IDS)).isEqualTo(stored);
        assertThat(ask("texts")).isEqualTo(stored);
        assertThat(twins.here.getStatistics().getSecondLevelCacheHitCount()).isPositive();
    }
}
