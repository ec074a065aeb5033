package io.hibernateshards.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.integration.Office.Country;
import io.hibernateshards.integration.Office.Document;
import io.hibernateshards.integration.Office.House;
import io.hibernateshards.integration.Shop.Address;
import io.hibernateshards.integration.Shop.Customer;
import io.hibernateshards.integration.Shop.Grade;
import io.hibernateshards.integration.Shop.Label;
import io.hibernateshards.integration.Shop.Line;
import io.hibernateshards.integration.Shop.Note;
import io.hibernateshards.integration.Shop.Purchase;
import jakarta.persistence.LockModeType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.Hibernate;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.junit.jupiter.api.Test;

/** The same steps on one plain PostgreSQL with plain Hibernate leave the same, and say the same on the way. */
@SuppressWarnings("deprecation") // also the old ways in must be right
class SessionOracleTest extends EveryLayoutTest {
    /** Steps that work on a customer with a given id and report what they see. */
    @FunctionalInterface
    private interface Steps {
        void run(Script script, long id);
    }

    /** Runs steps, each in a transaction and a session of its own, and keeps what they report. */
    private static final class Script {
        private final SessionFactory factory;
        private final List<Object> report = new ArrayList<>();

        Script(SessionFactory factory) {
            this.factory = factory;
        }

        void in(Step step) {
            try {
                factory.inTransaction(session -> step.run(session, report));
                report.add("committed");
            } catch (RuntimeException e) {
                report.add(e.getClass().getSimpleName());
            }
        }
    }

    @FunctionalInterface
    private interface Step {
        void run(Session session, List<Object> report);
    }

    private void same(Steps steps) {
        for (int number = 0; number < 2; number++) {
            long id = customerId(shard(number));
            Script sharded = new Script(factory());
            Script plain = new Script(PlainShop.factory());
            for (Script script : List.of(sharded, plain)) {
                steps.run(script, id);
                script.in((session, report) -> report.add(all(session, id)));
            }
            assertThat(sharded.report).isEqualTo(plain.report);
            assertThat(sharded.report).hasSizeGreaterThan(2);
        }
    }

    /** Everything that is stored of a customer, without generated ids. */
    private static String all(Session session, long id) {
        Customer customer = session.find(Customer.class, id);
        if (customer == null) {
            return "nobody";
        }
        StringBuilder all = new StringBuilder(customer.name + " v" + customer.version + " " + customer.grade + " "
                + (customer.address == null ? "nowhere" : customer.address.city) + " "
                + new TreeSet<>(customer.phones));
        for (Purchase purchase : customer.purchases) {
            all.append("\n  ").append(purchase.total.stripTrailingZeros().toPlainString());
            all.append(" v").append(purchase.version);
            all.append(" ").append(purchase.country == null ? "-" : purchase.country.getName());
            purchase.lines.stream().map(Line::getProduct).sorted().forEach(one -> all.append(" ")
                    .append(one));
            purchase.labels.stream().map(label -> label.text).sorted().forEach(one -> all.append(" #")
                    .append(one));
        }
        session.createQuery("select n.text from Note n where n.customer.id = :id order by n.text", String.class)
                .setParameter("id", id)
                .getResultList()
                .forEach(text -> all.append("\n  note ").append(text));
        return all.toString();
    }

    private static Customer ada(long id) {
        Customer customer = new Customer("Ada");
        customer.id = id;
        customer.grade = Grade.GOOD;
        customer.address = new Address("Storgatan", "Umeå");
        customer.phones.add("1");
        customer.phones.add("2");
        Purchase first = customer.buy("10");
        first.add("tea");
        first.add("milk");
        customer.buy("20").add("bread");
        return customer;
    }

    @Test
    void persistAndChange() {
        same((script, id) -> {
            script.in((session, report) -> session.persist(ada(id)));
            script.in((session, report) -> {
                Customer found = session.find(Customer.class, id);
                found.name = "Grace";
                found.phones.remove("1");
                found.purchases.get(0).total = new BigDecimal("15");
                found.purchases.get(0).country = session.getReference(Country.class, "SE");
                found.purchases.get(1).lines.clear();
                Label label = new Label(found, "gift");
                session.persist(label);
                found.purchases.get(1).labels.add(label);
            });
            script.in((session, report) -> {
                Customer found = session.find(Customer.class, id);
                found.purchases.remove(0);
                found.buy("5");
                session.flush();
                found.buy("6");
                report.add(found.purchases.size());
            });
        });
    }

    @Test
    void mergeADetachedTree() {
        same((script, id) -> {
            script.in((session, report) -> session.persist(ada(id)));
            Customer[] detached = new Customer[1];
            script.in((session, report) -> {
                detached[0] = session.find(Customer.class, id);
                Hibernate.initialize(detached[0].phones);
                detached[0].purchases.forEach(purchase -> Hibernate.initialize(purchase.lines));
                detached[0].purchases.forEach(purchase -> Hibernate.initialize(purchase.labels));
            });
            detached[0].name = "merged";
            detached[0].purchases.get(0).add("sugar");
            detached[0].purchases.remove(1);
            script.in((session, report) -> report.add(session.merge(detached[0]).name));
            script.in((session, report) -> report.add(session.merge(detached[0]).name)); // stale by now
        });
    }

    @Test
    void removeAndLookAgain() {
        same((script, id) -> {
            script.in((session, report) -> session.persist(ada(id)));
            script.in((session, report) -> {
                Customer found = session.find(Customer.class, id);
                session.remove(found);
                report.add(session.contains(found));
                report.add(session.find(Customer.class, id) == null);
                session.flush();
                report.add(session.createQuery("select count(*) from Purchase p where p.customer.id = :id", Long.class)
                        .setParameter("id", id)
                        .getSingleResult());
            });
            script.in((session, report) -> session.refresh(session.getReference(Customer.class, id)));
            script.in((session, report) ->
                    report.add(session.getReference(Customer.class, id).getName()));
            script.in((session, report) -> session.persist(ada(id)));
        });
    }

    @Test
    void notesWithSilentIds() {
        same((script, id) -> {
            long note = id * 10;
            script.in((session, report) -> {
                Customer customer = ada(id);
                session.persist(customer);
                session.persist(new Note(note, customer, "a"));
                session.persist(new Note(note + 1, customer, "b"));
            });
            script.in((session, report) -> {
                report.add(session.find(Note.class, note).text);
                report.add(session.find(Note.class, note + 5) == null);
                session.find(Note.class, note).text = "changed";
                session.remove(session.getReference(Note.class, note + 1));
            });
            script.in((session, report) -> {
                Note again = new Note(note + 2, session.getReference(Customer.class, id), "c");
                session.merge(again);
                report.add(session.find(Note.class, note + 2) != again);
            });
            script.in((session, report) -> session.persist(new Note(note, ada(id), "twice")));
            script.in((session, report) -> {
                Note found = session.find(Note.class, note, LockModeType.PESSIMISTIC_WRITE);
                report.add(session.getLockMode(found));
                session.detach(found);
                found.text = "lost";
            });
        });
    }

    @Test
    void failuresOnTheWay() {
        same((script, id) -> {
            script.in((session, report) -> session.persist(ada(id)));
            script.in((session, report) -> session.persist(ada(id)));
            script.in((session, report) -> {
                session.find(Customer.class, id).name = "rolled back";
                session.flush();
                throw new UnsupportedOperationException();
            });
            script.in((session, report) -> session.lock(ada(id), LockModeType.PESSIMISTIC_WRITE));
            script.in((session, report) -> {
                session.find(Customer.class, id).name = "marked";
                session.getTransaction().setRollbackOnly();
            });
            script.in((session, report) -> {
                Customer found = session.find(Customer.class, id);
                Purchase unsaved = new Purchase(found, "3");
                unsaved.labels.add(new Label(found, "unsaved"));
                found.purchases.add(unsaved);
            });
            script.in((session, report) -> {
                Customer found = session.find(Customer.class, id);
                found.purchases.get(0).referredBy = new Customer("unsaved");
            });
        });
    }

    @Test
    void referencesAndProxies() {
        same((script, id) -> {
            script.in((session, report) -> session.persist(ada(id)));
            script.in((session, report) -> {
                Customer reference = session.getReference(Customer.class, id);
                report.add(Hibernate.isInitialized(reference));
                report.add(session.contains(reference));
                Customer found = session.find(Customer.class, id);
                report.add(found == reference);
                report.add(Hibernate.isInitialized(reference));
                Purchase purchase = found.getPurchases().get(0);
                report.add(purchase.getCustomer() == found);
                report.add(session.getEntityName(purchase));
                purchase.referredBy = found;
                session.refresh(purchase);
                report.add(purchase.referredBy == null);
            });
            script.in((session, report) -> session.remove(session.getReference(Customer.class, id)));
        });
    }

    @Test
    void valuesAndSubclasses() {
        same((script, id) -> {
            UUID document = UUID.randomUUID();
            UUID house = UUID.randomUUID();
            script.in((session, report) -> {
                Document stored = new Document("tenant" + id, "slug", "title");
                stored.id = document;
                session.persist(stored);
            });
            script.in((session, report) -> {
                House home = new House();
                home.id = house;
                home.owner = "owner" + id;
                home.rooms = 3;
                session.persist(home);
            });
            script.in((session, report) -> session.persist(ada(id)));
            script.in((session, report) -> {
                report.add(session.byNaturalId(Document.class)
                        .using("tenant", "tenant" + id)
                        .using("slug", "slug")
                        .load()
                        .title);
                report.add(session.find(Office.Asset.class, house).getClass().getSimpleName());
                report.add(session.find(Office.Boat.class, house) == null);
                report.add(session.createQuery("select type(a) from Asset a where a.owner = :owner", Class.class)
                        .setParameter("owner", "owner" + id)
                        .getSingleResult());
            });
        });
    }
}
