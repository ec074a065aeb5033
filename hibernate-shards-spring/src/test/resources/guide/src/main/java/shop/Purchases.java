package shop;

import java.math.BigDecimal;
import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

public interface Purchases extends JpaRepository<Purchase, Long> {
    List<Purchase> findByCustomerOrderById(Customer customer);

    @Query("select sum(p.price) from Purchase p")
    BigDecimal turnover();
}
