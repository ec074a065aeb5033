package io.hibernateshards.samples.messenger;

import io.hibernateshards.cluster.LocalCluster;
import java.nio.charset.Charset;
import java.util.Map;
import java.util.Scanner;
import java.util.TreeMap;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts servers, stores users, and serves until Enter is pressed. */
@Command(name = "serve", mixinStandardHelpOptions = true, description = "Stores users and serves them.")
final class ServeCommand implements Runnable {
    @Mixin
    private ClusterOptions options = new ClusterOptions();

    @Option(names = "--port", description = "Of the application (default: ${DEFAULT-VALUE})")
    private int port = 8080;

    @Override
    public void run() {
        try (LocalCluster cluster = options.start()) {
            SeedCommand.seed(cluster, options);
            Map<String, Object> properties = new TreeMap<>(ClusterOptions.settings(cluster));
            properties.put("server.port", port);
            try (ConfigurableApplicationContext context = new SpringApplicationBuilder(MessengerApplication.class)
                    .properties(properties)
                    .run()) {
                System.out.printf(
                        "Serving on http://localhost:%s (API: /swagger-ui.html, shards: /shards)%n",
                        context.getEnvironment().getProperty("local.server.port"));
                System.out.println("Press Enter to stop.");
                new Scanner(System.in, Charset.defaultCharset()).hasNextLine();
            }
        }
    }
}
