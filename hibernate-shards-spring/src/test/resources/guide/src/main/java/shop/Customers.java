package shop;

import java.util.Optional;
import org.springframework.data.jpa.repository.JpaRepository;

public interface Customers extends JpaRepository<Customer, Long> {
    Optional<Customer> findByEmail(String email);
}
