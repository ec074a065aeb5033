package io.hibernateshards.spring.web;

import io.hibernateshards.ShardKey;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import java.util.ArrayList;
import java.util.List;

/** Is rendered with its replies, which are loaded when they are asked for. */
@Entity
public class Topic {
    @Id
    @ShardKey
    String name = "";

    @OneToMany(mappedBy = "topic", cascade = CascadeType.ALL)
    @OrderBy("id")
    List<Reply> replies = new ArrayList<>();

    protected Topic() {}

    Topic(String name) {
        this.name = name;
    }

    public String getName() {
        return name;
    }

    public List<Reply> getReplies() {
        return replies;
    }
}
