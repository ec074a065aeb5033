package io.hibernateshards.spring.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spring.test.LocalShards;
import io.hibernateshards.spring.test.LocalShardsExtension;
import io.hibernateshards.spring.test.LocalShardsInitializer;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

@LocalShards(shards = 2, own = true)
class ImportCommandTest {
    /** The database before. */
    @RegisterExtension
    static final LocalShardsExtension OLD = LocalShardsExtension.of("old");

    /** Moves. */
    @Entity(name = "Crate")
    static class Crate {
        @Id
        @ShardKey
        long id;
    }

    @EnableAutoConfiguration
    static class App {}

    private static ConfigurableApplicationContext start(LocalCluster shards, String... arguments) {
        Shard old = OLD.cluster().shards().get(0);
        SpringApplicationBuilder app = new SpringApplicationBuilder(App.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.jpa.hibernate.ddl-auto=update",
                        "spring.liquibase.enabled=false",
                        "spring.flyway.enabled=false")
                .initializers(new LocalShardsInitializer(shards));
        String[] all = new String[arguments.length + 2];
        all[0] = "--hibernate.shards.spring.import.url=" + old.url();
        all[1] = "--hibernate.shards.spring.import.username=" + old.user();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return app.run(all);
    }

    private static void execute(Shard shard, String sql) throws SQLException {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void command_imports_prints_andEndsByWhatItFound(LocalCluster shards) throws SQLException {
        Shard old = OLD.cluster().shards().get(0);
        execute(
                old,
                "drop table if exists crate; create table crate as select i as id from generate_series(1, 1000::bigint) i;"
                        + " create table stamp as select 1 as id; analyze stamp");

        assertThatThrownBy(() -> start(shards, "--hibernate.shards.spring.import.verify-only=true"))
                .isInstanceOfSatisfying(ImportDifferenceException.class, failure -> assertThat(failure.getExitCode())
                        .isEqualTo(2))
                .hasMessageContaining("DIFFERENT");

        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8)); // Boot's own capture wants JUnit 6
        try {
            assertThat(start(shards).isActive()).isFalse();
        } finally {
            System.setOut(console);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("crate: 1,000 rows")
                .contains("same")
                .contains("Not copied, as no entity has it: stamp, about 1 rows")
                .contains("1,000 rows copied in");

        execute(old, "alter table crate add weight int");
        assertThatThrownBy(() -> start(shards))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("HS-070")
                .hasMessageContaining("no column weight");
        assertThat(start(shards, "--hibernate.shards.spring.import.leave-out=crate.weight")
                        .isActive())
                .isFalse();
    }
}
