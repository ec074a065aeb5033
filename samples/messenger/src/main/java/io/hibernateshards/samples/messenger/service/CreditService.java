package io.hibernateshards.samples.messenger.service;

import io.hibernateshards.samples.messenger.domain.User;
import io.hibernateshards.samples.messenger.domain.UserRepository;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Credits go from one user to another. */
@Service
public class CreditService {
    private final UserRepository users;

    CreditService(UserRepository users) {
        this.users = users;
    }

    /**
     * Both users change or none, wherever they live: if that is two shards, they commit in two phases. Locks are taken in
     * the order of the ids, so that two transfers never wait for each other.
     *
     * @return who has paid
     */
    @Transactional
    public User transfer(long from, long to, long amount) {
        User lower = lock(Math.min(from, to));
        User higher = lock(Math.max(from, to));
        User payer = lower.getId() == from ? lower : higher;
        User payee = payer == lower ? higher : lower;
        payer.pay(amount);
        payee.receive(amount);
        return payer;
    }

    private User lock(long id) {
        return users.findLockedById(id).orElseThrow(() -> new UnknownException("user", id));
    }
}
