package io.hibernateshards.spring.data;

import io.hibernateshards.ShardKey;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityListeners;
import jakarta.persistence.Id;
import jakarta.persistence.NamedAttributeNode;
import jakarta.persistence.NamedEntityGraph;
import jakarta.persistence.NamedQuery;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.CreatedDate;
import org.springframework.data.annotation.LastModifiedDate;
import org.springframework.data.jpa.domain.support.AuditingEntityListener;

/** A root whose id is the application's. */
@Entity
@EntityListeners(AuditingEntityListener.class)
@NamedQuery(name = "Author.olderThan", query = "select a from Author a where a.age > :age order by a.id")
@NamedEntityGraph(name = "Author.books", attributeNodes = @NamedAttributeNode("books"))
public class Author {
    @Id
    @ShardKey
    Long id = 0L;

    @Version
    @Nullable
    Integer version;

    String name = "";

    @Nullable
    String city;

    int age;

    @CreatedDate
    @Nullable
    Instant created;

    @LastModifiedDate
    @Nullable
    Instant changed;

    @OneToMany(mappedBy = "author", cascade = CascadeType.ALL, orphanRemoval = true)
    @OrderBy("title")
    List<Book> books = new ArrayList<>();

    protected Author() {}

    Author(long id, String name, @Nullable String city, int age) {
        this.id = id;
        this.name = name;
        this.city = city;
        this.age = age;
    }

    @Override
    public String toString() {
        return id + " " + name + " " + city + " " + age;
    }
}
