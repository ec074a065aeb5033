package io.hibernateshards.spring.routed;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** Placed by its city; its id says nothing. */
@Entity
public class Parcel {
    @Id
    private Long id = 0L;

    @ShardKey
    private String city = "";

    private int weight;

    protected Parcel() {}

    /** A parcel to be stored. */
    public Parcel(long id, String city, int weight) {
        this.id = id;
        this.city = city;
        this.weight = weight;
    }

    public Long getId() {
        return id;
    }

    public String getCity() {
        return city;
    }

    public int getWeight() {
        return weight;
    }
}
