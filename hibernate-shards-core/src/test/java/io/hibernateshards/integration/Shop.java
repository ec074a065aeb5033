package io.hibernateshards.integration;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.CascadeType;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.NamedAttributeNode;
import jakarta.persistence.NamedEntityGraph;
import jakarta.persistence.NamedQuery;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.PostLoad;
import jakarta.persistence.PrePersist;
import jakarta.persistence.PreUpdate;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.annotations.FetchProfile;
import org.hibernate.annotations.FetchProfile.FetchOverride;
import org.hibernate.annotations.Filter;
import org.hibernate.annotations.FilterDef;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.ParamDef;

/** Customers and all that lives with them: the tree whose root is placed by its own generated id. */
final class Shop {
    private Shop() {}

    enum Grade {
        NEW,
        GOOD,
        BEST
    }

    @Embeddable
    static class Address {
        public String street;
        public String city;

        Address() {}

        Address(String street, String city) {
            this.street = street;
            this.city = city;
        }
    }

    @Entity(name = "Customer")
    @Table(name = "customer")
    @NamedQuery(name = "Customer.byName", query = "from Customer c where c.name = :name order by c.id")
    @NamedQuery(name = "Customer.one", query = "from Customer c where c.id = :id")
    @NamedEntityGraph(name = "Customer.purchases", attributeNodes = @NamedAttributeNode("purchases"))
    @FetchProfile(
            name = "withPurchases",
            fetchOverrides = @FetchOverride(entity = Customer.class, association = "purchases"))
    @FilterDef(name = "expensive", parameters = @ParamDef(name = "least", type = BigDecimal.class))
    static class Customer {
        @Id
        @ShardedId
        @ShardKey
        public Long id;

        @Version
        public int version;

        public String name;

        /** Unique on each shard only: the key is not part of it. */
        @NaturalId(mutable = true)
        public String email;

        @Enumerated(EnumType.STRING)
        public Grade grade = Grade.NEW;

        @Embedded
        public Address address;

        @ElementCollection
        public Set<String> phones = new TreeSet<>();

        @OneToMany(mappedBy = "customer", cascade = CascadeType.ALL, orphanRemoval = true)
        @Filter(name = "expensive", condition = "total >= :least")
        @OrderBy("total")
        public List<Purchase> purchases = new ArrayList<>();

        @Transient
        public final List<String> callbacks = new ArrayList<>();

        Customer() {}

        Customer(String name) {
            this.name = name;
        }

        Purchase buy(String total) {
            Purchase purchase = new Purchase(this, total);
            purchases.add(purchase);
            return purchase;
        }

        @PrePersist
        void stored() {
            callbacks.add("PrePersist");
        }

        @PreUpdate
        void changed() {
            callbacks.add("PreUpdate");
        }

        @PostLoad
        void loaded() {
            callbacks.add("PostLoad");
        }

        Long getId() {
            return id;
        }

        String getName() {
            return name;
        }

        void setName(String name) {
            this.name = name;
        }

        int getVersion() {
            return version;
        }

        List<Purchase> getPurchases() {
            return purchases;
        }
    }

    /** Lives with its customer; its id carries the bucket. */
    @Entity(name = "Purchase")
    @Table(name = "purchase")
    @Filter(name = "expensive", condition = "total >= :least")
    static class Purchase {
        @Id
        @ShardedId
        public Long id;

        @Version
        public int version;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Customer customer;

        public BigDecimal total;

        @ManyToOne(fetch = FetchType.LAZY)
        public Office.Country country;

        /** Another customer, who must live in the same bucket: no part of the key. */
        @ManyToOne(fetch = FetchType.LAZY)
        public Customer referredBy;

        @OneToMany(mappedBy = "purchase", cascade = CascadeType.ALL, orphanRemoval = true)
        public List<Line> lines = new ArrayList<>();

        @ManyToMany
        public Set<Label> labels = new HashSet<>();

        Purchase() {}

        Purchase(Customer customer, String total) {
            this.customer = customer;
            this.total = new BigDecimal(total);
        }

        Line add(String product) {
            Line line = new Line();
            line.purchase = this;
            line.product = product;
            lines.add(line);
            return line;
        }

        Long getId() {
            return id;
        }

        Customer getCustomer() {
            return customer;
        }

        BigDecimal getTotal() {
            return total;
        }
    }

    /** Two levels down, without a key column of its own, and its id says nothing. */
    @Entity(name = "Line")
    @Table(name = "purchase_line")
    static class Line {
        @Id
        @GeneratedValue(strategy = GenerationType.UUID)
        public UUID id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Purchase purchase;

        public String product;

        UUID getId() {
            return id;
        }

        String getProduct() {
            return product;
        }

        Purchase getPurchase() {
            return purchase;
        }
    }

    /** The other side of a many-to-many. */
    @Entity(name = "Label")
    @Table(name = "label")
    static class Label {
        @Id
        @ShardedId
        public Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Customer customer;

        public String text;

        Label() {}

        Label(Customer customer, String text) {
            this.customer = customer;
            this.text = text;
        }
    }

    /** Its id is the application's and says nothing. */
    @Entity(name = "Note")
    @Table(name = "note")
    static class Note {
        @Id
        public Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Customer customer;

        public String text;

        Note() {}

        Note(Long id, Customer customer, String text) {
            this.id = id;
            this.customer = customer;
            this.text = text;
        }

        String getText() {
            return text;
        }
    }

    /** Named by two values of which none is the key. */
    @Entity(name = "Device")
    @Table(name = "device")
    static class Device {
        @Id
        @ShardedId
        public Long id;

        @ShardKey
        @ManyToOne(fetch = FetchType.LAZY)
        public Customer customer;

        @NaturalId
        public String maker;

        @NaturalId
        public String serial;

        Device() {}

        Device(Customer customer, String maker, String serial) {
            this.customer = customer;
            this.maker = maker;
            this.serial = serial;
        }
    }
}
