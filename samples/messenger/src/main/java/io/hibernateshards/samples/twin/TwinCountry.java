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
    private String code;

    private String name;

    @SuppressWarnings("NullAway.Init")
    protected TwinCountry() {}

    public String getCode() {
        return code;
    }

    public String getName() {
        return name;
    }
}
