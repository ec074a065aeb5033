package io.hibernateshards.spring.jdbc;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.jspecify.annotations.Nullable;

/** Two kinds of keys. */
final class Bank {
    private Bank() {}

    @Entity(name = "Account")
    static class Account {
        @Id
        @ShardKey
        String owner = "";

        int balance;

        Account() {}

        Account(String owner, int balance) {
            this.owner = owner;
            this.balance = balance;
        }
    }

    @Entity(name = "Branch")
    @ShardKey({"country", "number"})
    static class Branch {
        @Id
        @ShardedId
        @Nullable
        Long id;

        String country = "";
        int number;

        Branch() {}

        Branch(String country, int number) {
            this.country = country;
            this.number = number;
        }
    }
}
