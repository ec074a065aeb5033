package io.hibernateshards.samples.messenger.service;

import io.hibernateshards.samples.messenger.domain.Country;
import io.hibernateshards.samples.messenger.domain.CountryRepository;
import io.hibernateshards.samples.messenger.domain.User;
import io.hibernateshards.samples.messenger.domain.UserRepository;
import java.util.List;
import org.hibernate.Hibernate;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Slice;
import org.springframework.data.domain.Sort;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Users and their countries. */
@Service
public class UserService {
    private static final long CREDITS = 1_000;

    private final UserRepository users;
    private final CountryRepository countries;

    UserService(UserRepository users, CountryRepository countries) {
        this.users = users;
        this.countries = countries;
    }

    /** A new user, on whatever shard. */
    @Transactional
    public User register(String name, String countryCode) {
        Country country =
                countries.findById(countryCode).orElseThrow(() -> new UnknownException("country", countryCode));
        return users.save(new User(name, country, CREDITS));
    }

    /** A user with the country. */
    @Transactional(readOnly = true)
    public User profile(long id) {
        User user = users.findById(id).orElseThrow(() -> new UnknownException("user", id));
        Hibernate.initialize(user.getCountry());
        return user;
    }

    /** The user with another name; who renames the same one at the same time waits. */
    @Transactional
    public User rename(long id, String name) {
        User user = users.findLockedById(id).orElseThrow(() -> new UnknownException("user", id));
        user.rename(name);
        Hibernate.initialize(user.getCountry());
        return user;
    }

    /** Users whose names begin so, by name, from all shards. */
    @Transactional(readOnly = true)
    public Slice<User> search(String prefix, Pageable page) {
        return users.findByNameStartingWithOrderByNameAscIdAsc(prefix, page);
    }

    /** All countries by name. */
    @Transactional(readOnly = true)
    public List<Country> countries() {
        return countries.findAll(Sort.by("name"));
    }
}
