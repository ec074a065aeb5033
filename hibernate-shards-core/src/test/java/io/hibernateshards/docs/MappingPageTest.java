package io.hibernateshards.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.GlobalUnique;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardLookup;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import io.hibernateshards.internal.mapping.MappingReader;
import io.hibernateshards.internal.mapping.ReadMappings;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import jakarta.persistence.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What the page on mapping shows is what compiles, and what it says of errors is what the tests see. */
@NullUnmarked // Hibernate would fill the entities
class MappingPageTest {
    private static final Path TESTS = Path.of("src/test/java/io/hibernateshards");

    @Entity
    static class Customer {
        @Id
        @ShardedId
        @ShardKey
        Long id;
    }

    @Entity
    static class Purchase {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        Customer customer;
    }

    @Entity
    static class Line {
        @Id
        @ShardedId
        Long id;

        @ShardKey
        @ManyToOne
        Purchase purchase;
    }

    @Entity
    static class Document {
        @Id
        UUID id;

        @ShardKey
        String tenant;
    }

    @Entity
    @ShardKey({"region", "userId"})
    static class Profile {
        @Id
        UUID id;

        String region;
        Long userId;
    }

    @Entity
    @ReferenceEntity
    static class Country {
        @Id
        String code;
    }

    @Entity
    @SingleShard("main")
    static class AppSetting {
        @Id
        String name;

        @ManyToOne
        Country country;
    }

    @Embeddable
    record ReadingId(String sensor, long time) {}

    @Entity
    @ShardKey("id.sensor")
    static class Reading {
        @EmbeddedId
        ReadingId id;
    }

    @Entity
    static class Account {
        @Id
        Long id;

        @MapsId
        @ShardKey
        @OneToOne
        Customer customer;
    }

    @Entity
    static class Email {
        @Id
        @ShardKey
        String address;

        Long customerId;
    }

    @Entity
    static class Member {
        @Id
        @ShardedId
        @ShardKey
        Long id;

        @GlobalUnique
        String email;

        @ShardLookup
        String parcel;

        @Version
        int version;
    }

    private static String page() throws IOException {
        return Files.readString(Path.of("../docs/mapping.md"));
    }

    private static List<String> all(String pattern, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher =
                Pattern.compile(pattern, Pattern.DOTALL | Pattern.MULTILINE).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    @Test
    void entities_areShownAsTheyCompile() throws IOException {
        String source = Files.readString(TESTS.resolve("docs/MappingPageTest.java"))
                .replace("static ", "")
                .replaceAll("\\s", "");
        List<String> lines = all("```java\n(.*?)```", page()).stream()
                .flatMap(String::lines)
                .map(line -> line.replaceAll("//.*", "").replaceAll("\\s", ""))
                .toList();
        assertThat(lines).hasSize(11).allSatisfy(line -> assertThat(source).contains(line));
    }

    @Test
    void entities_areRightMappings() {
        var metadata = ReadMappings.metadata(
                Customer.class,
                Purchase.class,
                Line.class,
                Document.class,
                Profile.class,
                Country.class,
                AppSetting.class,
                Reading.class,
                Account.class,
                Email.class,
                Member.class);
        assertThat(MappingReader.read(metadata, new ReadMappings.Shipped(), List.of(ShardId.of("main")))
                        .warnings())
                .isEmpty();
    }

    @Test
    void errors_areThoseThatTestsExpect() throws IOException {
        StringBuilder expected = new StringBuilder();
        try (Stream<Path> tests = Files.list(TESTS.resolve("internal/mapping"))) {
            for (Path test : tests.toList()) {
                expected.append(
                        Files.readString(test).replaceAll("\"\\s*\\+\\s*\"", "").replace("\\\"", "\""));
            }
        }
        List<String> listed = all("^\\| `([^|]*?)` \\|", page().substring(page().indexOf("## Errors at start")));
        assertThat(listed).hasSizeGreaterThan(30).allSatisfy(line -> assertThat(expected.toString())
                .contains(line));
    }
}
