package io.hibernateshards.spring.autoconfigure.accounts;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;

public interface Accounts extends JpaRepository<Account, String> {
    List<Account> findByBalanceGreaterThanOrderByAccountName(long balance);

    @Modifying
    @Query("update Account set balance = balance + :amount where accountName = :name")
    int deposit(String name, long amount);
}
