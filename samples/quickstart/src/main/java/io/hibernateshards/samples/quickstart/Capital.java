package io.hibernateshards.samples.quickstart;

/**
 * A row of a query.
 *
 * @param city its name
 * @param country the country's name
 * @param kind what GeoNames calls it
 */
public record Capital(String city, String country, String kind) {}
