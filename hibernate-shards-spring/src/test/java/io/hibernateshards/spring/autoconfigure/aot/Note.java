package io.hibernateshards.spring.autoconfigure.aot;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
public class Note {
    @Id
    @ShardKey
    public String title = "";

    public int stars;

    protected Note() {}

    public Note(String title, int stars) {
        this.title = title;
        this.stars = stars;
    }
}
