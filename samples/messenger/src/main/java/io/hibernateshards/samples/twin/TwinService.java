package io.hibernateshards.samples.twin;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.springframework.data.domain.Limit;
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
        return shards.of(id).service.profile(id);
    }

    TwinUser rename(long id, String name) {
        return shards.of(id).service.rename(id, name);
    }

    TwinUser register(String name, String country) {
        long id = ids.anywhere();
        return shards.of(id).service.register(id, name, country, CREDITS);
    }

    List<TwinUser> search(String prefix, int size) {
        return shards.all().stream()
                .flatMap(shard -> shard.service.search(prefix, size).stream())
                .sorted(Comparator.comparing(TwinUser::getName).thenComparing(TwinUser::getId))
                .limit(size)
                .toList();
    }

    List<TwinCountry> countries() {
        return shards.all().get(0).service.countries();
    }

    TwinConversation begin(long owner, String subject, Set<Long> others) {
        others.forEach(this::profile); // who must exist
        return shards.of(owner).service.begin(ids.besides(owner), owner, subject, others);
    }

    Window<TwinInboxEntry> inbox(long reader, ScrollPosition position, Limit limit) {
        return shards.of(reader).service.inbox(reader, position, limit);
    }

    Window<TwinMessage> messages(long conversation, ScrollPosition position, Limit limit) {
        return shards.of(conversation).service.messages(conversation, position, limit);
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
        return reader(TwinShardService.found(home.conversations.findWithMembersById(conversation)), sender);
    }

    private static long reader(TwinConversation conversation, long sender) {
        if (!conversation.getMembers().contains(sender)) {
            throw new ResponseStatusException(HttpStatus.UNPROCESSABLE_CONTENT);
        }
        return conversation.getMembers().stream()
                .filter(member -> member != sender)
                .findFirst()
                .orElseThrow();
    }

    long transfer(long from, long to, long amount) {
        TwinShard first = shards.of(Math.min(from, to));
        return shards.write(first, () -> shards.of(Math.max(from, to)), second -> {
            TwinUser lower = TwinShardService.found(first.users.findLockedById(Math.min(from, to)));
            TwinUser higher = TwinShardService.found(second.users.findLockedById(Math.max(from, to)));
            TwinUser payer = lower.getId() == from ? lower : higher;
            TwinUser payee = payer == lower ? higher : lower;
            if (payer.getCredits() < amount) {
                throw new ResponseStatusException(HttpStatus.UNPROCESSABLE_CONTENT);
            }
            payer.pay(amount);
            payee.receive(amount);
            return payer.getCredits();
        });
    }
}
