package io.hibernateshards.samples.quickstart;

import io.hibernateshards.ReferenceEntity;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** A kind of place; every shard has a copy, so that cities join it locally. */
@Entity
@ReferenceEntity
public class FeatureCode {
    @Id
    private String code;

    private String description;

    @SuppressWarnings("NullAway.Init")
    protected FeatureCode() {}

    /** A kind of place. */
    public FeatureCode(String code, String description) {
        this.code = code;
        this.description = description;
    }

    /** GeoNames feature code. */
    public String getCode() {
        return code;
    }

    /** In English. */
    public String getDescription() {
        return description;
    }
}
