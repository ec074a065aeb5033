package shop;

import jakarta.persistence.*;

@Entity
public class Country {
    @Id
    private String code;

    protected Country() {}

    public Country(String code) {
        this.code = code;
    }
}
