package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Cacheable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.HashSet;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** Lives where its id says. */
@Entity(name = "Person")
@Table(name = "watched_person")
@Cacheable
@Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
public class Person {
    @Id
    @ShardedId
    @ShardKey
    Long id;

    String name;

    @ElementCollection
    Set<String> hobbies = new HashSet<>();

    protected Person() {}

    Person(String name) {
        this.name = name;
    }

    public Long getId() {
        return id;
    }
}
