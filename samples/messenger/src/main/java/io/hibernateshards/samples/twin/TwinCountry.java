package io.hibernateshards.samples.twin;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Cacheable
@Table(name = "country")
class TwinCountry {
    @Id
    String code;

    String name;

    @SuppressWarnings("NullAway.Init")
    TwinCountry() {}
}
