package io.hibernateshards.spring.routed;

import io.hibernateshards.spring.OnShard;
import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

/** A repository whose methods may say where they ask. */
public interface Parcels extends JpaRepository<Parcel, Long> {
    /** The SQL goes where the city is. */
    @OnShard(key = "city")
    @Query(value = "select max(weight) from parcel where city = :city", nativeQuery = true)
    int heaviest(String city);

    /** Of all shards. */
    List<Parcel> findByWeightGreaterThan(int weight);
}
