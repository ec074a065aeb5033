package io.hibernateshards.samples.twin;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hibernate.Hibernate;
import org.springframework.data.domain.Limit;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Sort;
import org.springframework.data.domain.Window;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.server.ResponseStatusException;

/** What needs one shard: an ordinary service, but for being one of several. */
class TwinShardService {
    private final TwinShard shard;

    TwinShardService(TwinShard shard) {
        this.shard = shard;
    }

    @Transactional(readOnly = true)
    public TwinUser profile(long id) {
        TwinUser user = found(shard.users.findById(id));
        Hibernate.initialize(user.getCountry());
        return user;
    }

    @Transactional
    public TwinUser rename(long id, String name) {
        TwinUser user = found(shard.users.findLockedById(id));
        user.rename(name);
        Hibernate.initialize(user.getCountry());
        return user;
    }

    @Transactional
    public TwinUser register(long id, String name, String country, long credits) {
        TwinUser user = new TwinUser(id, name, found(shard.countries.findById(country)), credits);
        shard.persist(user);
        return user;
    }

    @Transactional(readOnly = true)
    public List<TwinUser> search(String prefix, int size) {
        return shard.users
                .findByNameStartingWithOrderByNameAscIdAsc(prefix, PageRequest.of(0, size))
                .getContent();
    }

    @Transactional(readOnly = true)
    public Window<TwinInboxEntry> inbox(long reader, ScrollPosition position, Limit limit) {
        Window<TwinInboxEntry> page = shard.inboxes.findByReaderIdOrderByIdDesc(reader, position, limit);
        if (page.isEmpty()) {
            found(shard.users.findById(reader));
        }
        return page;
    }

    @Transactional(readOnly = true)
    public Window<TwinMessage> messages(long conversation, ScrollPosition position, Limit limit) {
        Window<TwinMessage> page = shard.messages.findByConversationIdOrderByIdDesc(conversation, position, limit);
        if (page.isEmpty() && !shard.conversations.existsById(conversation)) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND);
        }
        return page;
    }

    @Transactional
    public TwinConversation begin(long id, long owner, String subject, Set<Long> others) {
        TwinConversation begun = new TwinConversation(id, found(shard.users.findById(owner)), subject, others);
        shard.persist(begun);
        return begun;
    }

    @Transactional(readOnly = true)
    public List<TwinCountry> countries() {
        return shard.countries.findAll(Sort.by("name"));
    }

    static <T> T found(Optional<T> row) {
        return row.orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND));
    }
}
