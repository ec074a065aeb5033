package io.hibernateshards.spring.migrate;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the command is told.
 *
 * @param url of the database to import
 * @param username who may read it
 * @param password the user's
 * @param verifyOnly whether nothing is copied
 * @param parallelism how many tables at a time
 * @param leaveOut columns of the source that are not wanted, each {@code table.column}
 */
@ConfigurationProperties("hibernate.shards.spring.import")
record ImportProperties(
        String url,
        @DefaultValue("") String username,
        @Nullable String password,
        @DefaultValue("false") boolean verifyOnly,
        @DefaultValue("4") int parallelism,
        @DefaultValue List<String> leaveOut) {
    /** Name and URL; no password. */
    @Override
    public String toString() {
        return "import of " + url.replaceAll("[?].*", "");
    }
}
