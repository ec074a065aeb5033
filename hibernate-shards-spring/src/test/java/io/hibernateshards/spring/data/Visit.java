package io.hibernateshards.spring.data;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import java.io.Serializable;

/** A composite id, and a key of two of its values. */
@Entity
@ShardKey({"id.region", "id.place"})
public class Visit {
    /** Three values. */
    @Embeddable
    public record Id(String region, int place, int number) implements Serializable {}

    @EmbeddedId
    Id id = new Id("", 0, 0);

    String guest = "";

    protected Visit() {}

    Visit(String region, int place, int number, String guest) {
        id = new Id(region, place, number);
        this.guest = guest;
    }

    @Override
    public String toString() {
        return id + " " + guest;
    }
}
