package shop;

import jakarta.persistence.EntityManager;
import java.math.BigDecimal;
import java.util.List;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
@Transactional
public class Shop {
    private final Customers customers;
    private final Purchases purchases;
    private final EntityManager entityManager;

    public Shop(Customers customers, Purchases purchases, EntityManager entityManager) {
        this.customers = customers;
        this.purchases = purchases;
        this.entityManager = entityManager;
    }

    public void open() {
        entityManager.merge(new Country("SE"));
        entityManager.merge(new Discount("SUMMER", 10));
    }

    public void register(String name, String email) {
        customers.save(new Customer(name, email, entityManager.getReference(Country.class, "SE")));
    }

    public void buy(String email, String article, BigDecimal price) {
        Customer customer = customers.findByEmail(email).orElseThrow();
        int percent = entityManager.find(Discount.class, "SUMMER").getPercent();
        BigDecimal reduced = price.multiply(BigDecimal.valueOf(100 - percent)).movePointLeft(2);
        purchases.save(new Purchase(customer, article, reduced));
    }

    public List<String> articlesOf(String email) {
        Customer customer = customers.findByEmail(email).orElseThrow();
        return purchases.findByCustomerOrderById(customer).stream()
                .map(Purchase::getArticle)
                .toList();
    }

    public BigDecimal turnover() {
        return purchases.turnover();
    }
}
