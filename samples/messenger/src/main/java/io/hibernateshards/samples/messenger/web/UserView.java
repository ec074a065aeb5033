package io.hibernateshards.samples.messenger.web;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Shape;
import io.hibernateshards.samples.messenger.domain.User;

/**
 * A user.
 *
 * @param id as text, as the numbers of JavaScript have no more than 53 bits
 * @param name first and last
 * @param country ISO 3166 code
 * @param countryName in English
 * @param credits what the user can spend
 */
public record UserView(
        @JsonFormat(shape = Shape.STRING) long id, String name, String country, String countryName, long credits) {
    static UserView of(User user) {
        return new UserView(
                user.getId(),
                user.getName(),
                user.getCountry().getCode(),
                user.getCountry().getName(),
                user.getCredits());
    }
}
