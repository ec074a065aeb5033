package io.hibernateshards.samples.quickstart;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/**
 * The data: 135,233 places of GeoNames (CC BY 4.0).
 *
 * @param countries by code
 * @param features by code
 * @param cities in the order of the file
 */
public record Places(Map<String, Country> countries, Map<String, FeatureCode> features, List<City> cities) {
    private static final Map<String, String> FEATURES = Map.ofEntries(
            Map.entry("PPL", "populated place"),
            Map.entry("PPLA", "seat of a first-order administrative division"),
            Map.entry("PPLA2", "seat of a second-order administrative division"),
            Map.entry("PPLA3", "seat of a third-order administrative division"),
            Map.entry("PPLA4", "seat of a fourth-order administrative division"),
            Map.entry("PPLA5", "seat of a fifth-order administrative division"),
            Map.entry("PPLC", "capital of a political entity"),
            Map.entry("PPLCH", "historical capital of a political entity"),
            Map.entry("PPLF", "farm village"),
            Map.entry("PPLG", "seat of government of a political entity"),
            Map.entry("PPLL", "populated locality"),
            Map.entry("PPLR", "religious populated place"),
            Map.entry("PPLS", "populated places"),
            Map.entry("PPLX", "section of populated place"),
            Map.entry("STLMT", "Israeli settlement"));

    /** Reads the file on the class path. */
    static Places read() throws IOException {
        Map<String, Country> countries = new TreeMap<>();
        Map<String, FeatureCode> features = new TreeMap<>();
        List<City> cities = new ArrayList<>();
        try (InputStream file = Places.class.getResourceAsStream("/cities.csv.gz")) {
            if (file == null) {
                throw new IOException("cities.csv.gz is not on the class path");
            }
            InputStreamReader text = new InputStreamReader(new GZIPInputStream(file), StandardCharsets.UTF_8);
            CSVFormat format = CSVFormat.RFC4180
                    .builder()
                    .setHeader()
                    .setSkipHeaderRecord(true)
                    .get();
            for (CSVRecord row : format.parse(text)) {
                cities.add(city(row, countries, features));
            }
        }
        return new Places(countries, features, cities);
    }

    private static City city(CSVRecord row, Map<String, Country> countries, Map<String, FeatureCode> features) {
        Country country =
                countries.computeIfAbsent(row.get("country_code"), code -> new Country(code, countryName(code)));
        FeatureCode feature = features.computeIfAbsent(
                row.get("feature_code"), code -> new FeatureCode(code, FEATURES.getOrDefault(code, "place")));
        return new City(
                Long.valueOf(row.get("geoname_id")),
                row.get("name"),
                country,
                feature,
                Long.parseLong(row.get("population")),
                Double.parseDouble(row.get("longitude")),
                Double.parseDouble(row.get("latitude")));
    }

    private static String countryName(String code) {
        return new Locale.Builder().setRegion(code).build().getDisplayCountry(Locale.ENGLISH);
    }
}
