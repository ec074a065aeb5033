package io.hibernateshards.samples.messenger.domain;

import org.springframework.data.jpa.repository.JpaRepository;

/** Countries, read from whatever shard is asked anyway. */
public interface CountryRepository extends JpaRepository<Country, String> {}
