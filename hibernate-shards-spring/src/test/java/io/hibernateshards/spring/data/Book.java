package io.hibernateshards.spring.data;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Lives with its author; its id says nothing. */
@Entity
public class Book {
    @Id
    UUID id = UUID.randomUUID();

    @ShardKey
    @ManyToOne(fetch = FetchType.LAZY)
    @Nullable
    Author author;

    String title = "";

    BigDecimal price = BigDecimal.ZERO;

    protected Book() {}

    Book(Author author, String title, String price) {
        id = UUID.nameUUIDFromBytes(title.getBytes(StandardCharsets.UTF_8));
        this.author = author;
        this.title = title;
        this.price = new BigDecimal(price);
    }

    @Override
    public String toString() {
        return title + " " + price;
    }
}
