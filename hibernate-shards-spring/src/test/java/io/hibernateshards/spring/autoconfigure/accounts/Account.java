package io.hibernateshards.spring.autoconfigure.accounts;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
public class Account {
    @Id
    @ShardKey
    public String accountName = "";

    public long balance;

    protected Account() {}

    public Account(String name, long balance) {
        accountName = name;
        this.balance = balance;
    }
}
