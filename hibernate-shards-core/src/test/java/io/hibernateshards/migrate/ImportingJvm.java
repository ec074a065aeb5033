package io.hibernateshards.migrate;

import io.hibernateshards.Killed;
import io.hibernateshards.ShardedSessionFactory;
import java.util.Map;
import java.util.TreeMap;

/** Imports, and is killed in the middle of a table. */
final class ImportingJvm {
    private ImportingJvm() {}

    /** URL and user of the source, the table, then settings as name and value. */
    public static void main(String... arguments) {
        Map<String, String> settings = new TreeMap<>();
        for (int i = 3; i < arguments.length; i += 2) {
            settings.put(arguments[i], arguments[i + 1]);
        }
        ShardedSessionFactory factory = ImportModel.factory(settings, "none", ImportModel.ENTITIES);
        DatabaseImport.into(factory)
                .from(arguments[0], arguments[1], "")
                .parallelism(1)
                .progress(progress -> {
                    if (progress.table().equals(arguments[2])) {
                        Killed.now();
                    }
                })
                .run();
    }
}
