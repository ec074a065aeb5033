package io.hibernateshards.boot;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.jspecify.annotations.NullUnmarked;

/** The least that can be sharded. */
@Entity
@NullUnmarked // Hibernate fills it
class Note {
    @Id
    @ShardedId
    Long id;

    @ShardKey
    String author;

    String text;

    Note() {}

    Note(String author, String text) {
        this.author = author;
        this.text = text;
    }
}
