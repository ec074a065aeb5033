package io.hibernateshards.spring.autoconfigure.aot;

import io.hibernateshards.ShardedSessionFactory;
import jakarta.persistence.EntityManagerFactory;
import java.util.List;
import java.util.stream.IntStream;
import org.springframework.aot.AotDetector;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** An ordinary application. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class NotesApplication {
    /** Prints whether it was generated, the number of shards, the stars on all of them, and titles. */
    public static void main(String[] args) {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(NotesApplication.class)
                .web(WebApplicationType.NONE)
                .logStartupInfo(false)
                .run(args)) {
            Notes notes = context.getBean(Notes.class);
            notes.saveAll(IntStream.range(0, 20)
                    .mapToObj(i -> new Note("note%02d".formatted(i), i))
                    .toList());
            int shards = context.getBean(EntityManagerFactory.class)
                    .unwrap(ShardedSessionFactory.class)
                    .getTopology()
                    .shards()
                    .size();
            List<String> titles = notes.findByStarsGreaterThanOrderByTitle(17).stream()
                    .map(note -> note.title)
                    .toList();
            System.out.println("generated " + AotDetector.useGeneratedArtifacts() + ", shards " + shards + ", stars "
                    + notes.stars() + ", titles " + titles);
        }
    }
}
