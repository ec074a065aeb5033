package io.hibernateshards.samples.quickstart;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import me.tongfei.progressbar.ProgressBar;

/** Stores the places: reference rows everywhere, the others shard by shard in batches, a transaction each. */
final class Loader {
    private static final int BATCH = 2000;

    private Loader() {}

    static void load(ShardedSessionFactory factory, Places places, ProgressBar progress) {
        factory.getReferenceData().upsert(places.features().values());
        Map<ShardId, List<Country>> countries =
                byShard(factory, List.copyOf(places.countries().values()), country -> country);
        Map<ShardId, List<City>> cities = byShard(factory, places.cities(), City::getCountry);
        countries.forEach((shard, rows) -> insert(factory, rows, progress));
        cities.forEach((shard, rows) -> insert(factory, rows, progress));
    }

    /** A transaction writes one shard, so the rows of each come together. */
    private static <T> Map<ShardId, List<T>> byShard(
            ShardedSessionFactory factory, List<T> rows, Function<T, Country> country) {
        Map<ShardId, List<T>> byShard = new LinkedHashMap<>();
        for (T row : rows) {
            ShardId shard = factory.locate(Country.class, country.apply(row).getCode());
            byShard.computeIfAbsent(shard, s -> new ArrayList<>()).add(row);
        }
        return byShard;
    }

    private static void insert(ShardedSessionFactory factory, List<?> rows, ProgressBar progress) {
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            for (int from = 0; from < rows.size(); from += BATCH) {
                List<?> batch = rows.subList(from, Math.min(from + BATCH, rows.size()));
                session.inTransaction(transaction -> session.insertMultiple(batch));
                progress.stepBy(batch.size());
            }
        }
    }
}
