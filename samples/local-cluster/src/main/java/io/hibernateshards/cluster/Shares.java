package io.hibernateshards.cluster;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a test class shares, so that {@link Hygiene} does not take it for something left behind. */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Shares {
    /** What is shared. */
    enum Kind {
        /** Sessions in transactions, by its tests: what all of them together leave is looked at. */
        SESSIONS,
        /** Factories, by several classes: their threads go on. */
        FACTORIES
    }

    Kind value();
}
