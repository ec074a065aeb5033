package io.hibernateshards.samples.messenger.web;

import io.hibernateshards.samples.messenger.domain.Country;

/**
 * A country.
 *
 * @param code ISO 3166 code
 * @param name in English
 */
public record CountryView(String code, String name) {
    static CountryView of(Country country) {
        return new CountryView(country.getCode(), country.getName());
    }
}
