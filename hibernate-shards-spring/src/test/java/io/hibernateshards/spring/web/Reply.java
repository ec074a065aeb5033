package io.hibernateshards.spring.web;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import org.jspecify.annotations.Nullable;

/** Lives with its topic. */
@Entity
public class Reply {
    static final String UNREADABLE = "unreadable";

    @Id
    String id = "";

    @ShardKey
    @ManyToOne(fetch = FetchType.LAZY)
    @Nullable
    Topic topic;

    String text = "";

    protected Reply() {}

    Reply(Topic topic, int number, String text) {
        id = topic.name + "-" + number;
        this.topic = topic;
        this.text = text;
    }

    public String getText() {
        if (text.equals(UNREADABLE)) {
            throw new IllegalStateException("rendering breaks off here");
        }
        return text;
    }
}
