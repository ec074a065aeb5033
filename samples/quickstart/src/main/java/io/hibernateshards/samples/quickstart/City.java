package io.hibernateshards.samples.quickstart;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;

/** Lives on the shard of its country. */
@Entity
public class City {
    @Id
    private Long id;

    private String name;

    @ShardKey
    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private Country country;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private FeatureCode feature;

    private long population;
    private double longitude;
    private double latitude;

    @SuppressWarnings("NullAway.Init")
    protected City() {}

    /** A city. */
    public City(
            Long id,
            String name,
            Country country,
            FeatureCode feature,
            long population,
            double longitude,
            double latitude) {
        this.id = id;
        this.name = name;
        this.country = country;
        this.feature = feature;
        this.population = population;
        this.longitude = longitude;
        this.latitude = latitude;
    }

    /** GeoNames id. */
    public Long getId() {
        return id;
    }

    /** Name as locals write it, in Latin letters. */
    public String getName() {
        return name;
    }

    /** Where it is, which decides where it is stored. */
    public Country getCountry() {
        return country;
    }

    /** Moves it to another country; a stored city cannot move. */
    public void setCountry(Country country) {
        this.country = country;
    }

    /** What kind of place it is. */
    public FeatureCode getFeature() {
        return feature;
    }

    /** People. */
    public long getPopulation() {
        return population;
    }

    /** Sets the number of people. */
    public void setPopulation(long population) {
        this.population = population;
    }

    /** Degrees east. */
    public double getLongitude() {
        return longitude;
    }

    /** Degrees north. */
    public double getLatitude() {
        return latitude;
    }
}
