package io.hibernateshards.samples.twin;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.hibernate.Hibernate;
import org.springframework.data.domain.Limit;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Window;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import org.springframework.web.server.ResponseStatusException;

/** What the services of the messenger do. */
@Service
class TwinService {
    private static final long CREDITS = 1_000;

    private final TwinShards shards;
    private final TwinIds ids = new TwinIds();

    TwinService(TwinShards shards) {
        this.shards = shards;
    }

    TwinUser profile(long id) {
        TwinShard shard = shards.of(id);
        return required(shard.reading.execute(status -> {
            TwinUser user = found(shard.users.findById(id));
            Hibernate.initialize(user.country);
            return user;
        }));
    }

    TwinUser rename(long id, String name) {
        TwinShard shard = shards.of(id);
        return required(shard.writing.execute(status -> {
            TwinUser user = found(shard.users.findLockedById(id));
            user.name = name;
            Hibernate.initialize(user.country);
            return user;
        }));
    }

    TwinUser register(String name, String country) {
        long id = ids.anywhere();
        TwinShard shard = shards.of(id);
        return required(shard.writing.execute(status -> {
            TwinUser user = new TwinUser(id, name, found(shard.countries.findById(country)), CREDITS);
            shard.persist(user);
            return user;
        }));
    }

    List<TwinUser> search(String prefix, int size) {
        return shards.all().stream()
                .flatMap(shard -> required(shard.reading.execute(status -> shard.users
                                .findByNameStartingWithOrderByNameAscIdAsc(prefix, PageRequest.of(0, size))
                                .getContent()))
                        .stream())
                .sorted(Comparator.comparing((TwinUser user) -> user.name).thenComparing(user -> user.id))
                .limit(size)
                .toList();
    }

    Window<TwinInboxEntry> inbox(long reader, ScrollPosition position, Limit limit) {
        TwinShard shard = shards.of(reader);
        return required(shard.reading.execute(status -> {
            Window<TwinInboxEntry> page = shard.inboxes.findByReaderIdOrderByIdDesc(reader, position, limit);
            if (page.isEmpty()) {
                found(shard.users.findById(reader));
            }
            return page;
        }));
    }

    Window<TwinMessage> messages(long conversation, ScrollPosition position, Limit limit) {
        TwinShard shard = shards.of(conversation);
        return required(shard.reading.execute(status -> {
            Window<TwinMessage> page = shard.messages.findByConversationIdOrderByIdDesc(conversation, position, limit);
            if (page.isEmpty() && !shard.conversations.existsById(conversation)) {
                throw new ResponseStatusException(HttpStatus.NOT_FOUND);
            }
            return page;
        }));
    }

    /** Conversations of two. Where the reader is, is known once the conversation is read. */
    TwinMessage post(long conversationId, long sender, String text) {
        TwinShard home = shards.of(conversationId);
        return shards.write(home, () -> shards.of(reader(home, conversationId, sender)), other -> {
            TwinConversation conversation = home.conversations.getReferenceById(conversationId);
            long reader = reader(conversation, sender);
            Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
            TwinMessage message = new TwinMessage(ids.besides(conversationId), conversation, sender, text, now);
            home.persist(message);
            other.persist(new TwinInboxEntry(ids.besides(reader), other.users.getReferenceById(reader), message));
            return message;
        });
    }

    private static long reader(TwinShard home, long conversation, long sender) {
        return reader(found(home.conversations.findWithMembersById(conversation)), sender);
    }

    private static long reader(TwinConversation conversation, long sender) {
        if (!conversation.members.contains(sender)) {
            throw new ResponseStatusException(HttpStatus.UNPROCESSABLE_CONTENT);
        }
        return conversation.members.stream()
                .filter(member -> member != sender)
                .findFirst()
                .orElseThrow();
    }

    long transfer(long from, long to, long amount) {
        TwinShard first = shards.of(Math.min(from, to));
        return shards.write(first, () -> shards.of(Math.max(from, to)), second -> {
            TwinUser lower = found(first.users.findLockedById(Math.min(from, to)));
            TwinUser higher = found(second.users.findLockedById(Math.max(from, to)));
            TwinUser payer = lower.id == from ? lower : higher;
            TwinUser payee = payer == lower ? higher : lower;
            if (payer.credits < amount) {
                throw new ResponseStatusException(HttpStatus.UNPROCESSABLE_CONTENT);
            }
            payer.credits -= amount;
            payee.credits += amount;
            return payer.credits;
        });
    }

    private static <T> T found(Optional<T> row) {
        return row.orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND));
    }

    private static <T> T required(T value) {
        return Objects.requireNonNull(value);
    }
}
