package shop;

import jakarta.persistence.*;

@Entity
public class Discount {
    @Id
    private String code;

    private int percent;

    protected Discount() {}

    public Discount(String code, int percent) {
        this.code = code;
        this.percent = percent;
    }

    public int getPercent() {
        return percent;
    }
}
