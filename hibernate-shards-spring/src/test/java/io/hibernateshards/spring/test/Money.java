package io.hibernateshards.spring.test;

import io.hibernateshards.ReferenceEntity;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** On every shard. */
@Entity
@ReferenceEntity
class Money {
    @Id
    String code = "";
}
