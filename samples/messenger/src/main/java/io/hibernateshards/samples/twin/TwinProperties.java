package io.hibernateshards.samples.twin;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the rows are.
 *
 * @param servers in the order of the shards
 * @param poolSize connections to each
 * @param cache whether there is a second-level cache, as the messenger has one
 */
@ConfigurationProperties("twin")
record TwinProperties(List<Server> servers, @DefaultValue("32") int poolSize, @DefaultValue("true") boolean cache) {
    /**
     * One server.
     *
     * @param url JDBC URL
     * @param username who may read and write there
     * @param password may be empty
     */
    record Server(String url, String username, String password) {}
}
