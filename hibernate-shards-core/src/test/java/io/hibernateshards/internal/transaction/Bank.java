package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.internal.transaction.History.Recording;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.hibernate.resource.transaction.spi.TransactionStatus;

/** Accounts on every shard, and transfers between them. */
final class Bank implements AutoCloseable {
    static final int ACCOUNTS = 16;
    static final int COINS = 1000;

    @Entity(name = "Account")
    static class Account {
        @Id
        @ShardKey
        String name = "";

        int coins = COINS;

        @Version
        int version;

        Account() {}

        Account(String name) {
            this.name = name;
        }
    }

    /** One leg of a transfer: lives with its account. */
    @Entity(name = "Posting")
    static class Posting {
        @Id
        String id = "";

        @ShardKey
        String account = "";

        String transfer = "";
        int amount;

        Posting() {}

        Posting(String transfer, String account, int amount) {
            id = transfer + "/" + account;
            this.transfer = transfer;
            this.account = account;
            this.amount = amount;
        }
    }

    /** What the application was told of a transfer. */
    enum Told {
        COMMITTED,
        ROLLED_BACK,
        IN_DOUBT
    }

    final ShardedSessionFactory factory;
    final Tallies tallies;
    private final List<List<String>> accounts;

    Bank(Map<String, String> shards, String schema, int recoveryMillis) {
        factory = new ShardedConfiguration()
                .entities(Account.class, Posting.class)
                .entities(Tallies.ENTITIES)
                .settings(shards)
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .setting(ShardSettings.TRANSACTION_RECOVERY_INTERVAL, recoveryMillis)
                .setting("hibernate.shards.pool.connection-timeout", 2000)
                .setting("hibernate.shards.pool.connection-init-sql", "set lock_timeout = '2s'")
                .setting("hibernate.hbm2ddl.auto", schema)
                .build();
        tallies = new Tallies(factory);
        accounts = factory.getTopology().shards().stream()
                .map(shard -> IntStream.range(0, 10_000)
                        .mapToObj(i -> "account" + i)
                        .filter(name -> factory.locate(Account.class, name).equals(shard))
                        .limit(ACCOUNTS)
                        .toList())
                .toList();
    }

    void open() {
        tallies.open(factory);
        factory.inTransaction(
                session -> accounts.forEach(here -> here.forEach(name -> session.persist(new Account(name)))));
    }

    /** So many shards, in their order, which everybody locks them in. */
    List<Integer> shards(int count, Random dice) {
        List<Integer> all =
                new ArrayList<>(IntStream.range(0, accounts.size()).boxed().toList());
        Collections.shuffle(all, dice);
        return all.subList(0, count).stream().sorted().toList();
    }

    Told transfer(String name, List<Integer> shards, Random dice) {
        return transfer(name, shards, dice, session -> {});
    }

    /**
     * Takes from the first shard what the others get.
     *
     * @param read is told of the session once it has read all accounts, in the order of the shards, and changed none
     */
    Told transfer(String name, List<Integer> shards, Random dice, Consumer<ShardedSession> read) {
        return run(session -> {
            List<Account> found = new ArrayList<>();
            for (int shard : shards) {
                List<String> here = accounts.get(shard);
                found.add(session.find(Account.class, here.get(dice.nextInt(here.size()))));
            }
            read.accept(session);
            for (Account account : found) {
                int amount = account == found.get(0) ? 1 - shards.size() : 1;
                account.coins += amount;
                session.persist(new Posting(name, account.name, amount));
            }
        });
    }

    /**
     * Counts two tallies up, under a lock on another shard.
     *
     * @param read is told of the session once it holds the lock and has read both
     */
    Told count(String name, int group, History history, Consumer<ShardedSession> read) {
        Recording recording = history.begin(name, false);
        Told told = run(session -> {
            List<Tallies.Tally> both = tallies.read(session, group, recording);
            read.accept(session);
            Tallies.count(session, both, name, recording);
        });
        recording.end(
                switch (told) {
                    case COMMITTED -> History.Told.COMMITTED;
                    case ROLLED_BACK -> History.Told.ABORTED;
                    case IN_DOUBT -> History.Told.UNKNOWN;
                });
        return told;
    }

    private Told run(Consumer<ShardedSession> work) {
        Told told;
        ShardedSession session = factory.openSession();
        try {
            session.beginTransaction();
            work.accept(session);
            session.getTransaction().commit();
            told = Told.COMMITTED;
        } catch (RuntimeException failure) {
            boolean inDoubt = failure instanceof ShardingException known && known.code() == ShardErrorCode.IN_DOUBT;
            told = inDoubt ? Told.IN_DOUBT : Told.ROLLED_BACK;
        } catch (AssertionError failure) {
            told = session.getTransaction().getStatus() == TransactionStatus.COMMITTED
                    ? Told.COMMITTED
                    : Told.ROLLED_BACK;
        }
        try {
            session.close(); // rolls back what was not committed
        } catch (RuntimeException cut) {
            // its connection is gone, and what it had not committed with it
        }
        return told;
    }

    @Override
    public void close() {
        factory.close();
    }
}
