package io.hibernateshards.spring.web;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** Something to be written. */
@Entity
class Note {
    @Id
    @ShardKey
    String author = "";

    protected Note() {}

    Note(String author) {
        this.author = author;
    }
}
