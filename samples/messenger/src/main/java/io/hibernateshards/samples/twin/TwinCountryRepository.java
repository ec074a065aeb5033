package io.hibernateshards.samples.twin;

import org.springframework.data.jpa.repository.JpaRepository;

interface TwinCountryRepository extends JpaRepository<TwinCountry, String> {}
