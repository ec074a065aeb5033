package io.hibernateshards.spring.migration.parcels;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;

@Entity
public class Parcel {
    @Id
    @ShardKey
    public String code = "";

    public int weight;

    public @Nullable String sender;

    /** An application of this entity. */
    @AutoConfigurationPackage
    public static class Application {}
}
