package io.hibernateshards.samples.messenger;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The application: as any other of Spring Boot and JPA, but for the shards in its settings. */
@SpringBootApplication
public class MessengerApplication {
    /** Serves, on the servers that the settings name. */
    public static void main(String[] args) {
        SpringApplication.run(MessengerApplication.class, args);
    }
}
