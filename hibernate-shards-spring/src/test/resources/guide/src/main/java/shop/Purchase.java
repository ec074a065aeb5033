package shop;

import jakarta.persistence.*;
import java.math.BigDecimal;

@Entity
public class Purchase {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private Long id;

    @ManyToOne(fetch = FetchType.LAZY)
    private Customer customer;

    private String article;

    private BigDecimal price;

    protected Purchase() {}

    public Purchase(Customer customer, String article, BigDecimal price) {
        this.customer = customer;
        this.article = article;
        this.price = price;
    }

    public Long getId() {
        return id;
    }

    public String getArticle() {
        return article;
    }
}
