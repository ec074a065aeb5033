package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Cacheable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.jspecify.annotations.Nullable;

/** Lives where its id says. */
@Entity(name = "Person")
@Table(name = "watched_person")
@Cacheable
@Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
public class Person {
    @Id
    @ShardedId
    @ShardKey
    @Nullable
    Long id;

    @Nullable
    String name;

    @ElementCollection
    Set<String> hobbies = new HashSet<>();

    protected Person() {}

    public Person(String name) {
        this.name = name;
    }

    public void rename(String to) {
        name = to;
    }

    public Long getId() {
        return Objects.requireNonNull(id);
    }
}
