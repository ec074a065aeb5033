package io.hibernateshards.oracle;

import io.hibernateshards.oracle.RichModel.Car;
import io.hibernateshards.oracle.RichModel.Card;
import io.hibernateshards.oracle.RichModel.Circle;
import io.hibernateshards.oracle.RichModel.Country;
import io.hibernateshards.oracle.RichModel.Customer;
import io.hibernateshards.oracle.RichModel.Entry;
import io.hibernateshards.oracle.RichModel.Grade;
import io.hibernateshards.oracle.RichModel.Label;
import io.hibernateshards.oracle.RichModel.Line;
import io.hibernateshards.oracle.RichModel.Payment;
import io.hibernateshards.oracle.RichModel.Phone;
import io.hibernateshards.oracle.RichModel.Place;
import io.hibernateshards.oracle.RichModel.Profile;
import io.hibernateshards.oracle.RichModel.Purchase;
import io.hibernateshards.oracle.RichModel.Sample;
import io.hibernateshards.oracle.RichModel.Shape;
import io.hibernateshards.oracle.RichModel.Square;
import io.hibernateshards.oracle.RichModel.Transfer;
import io.hibernateshards.oracle.RichModel.Truck;
import io.hibernateshards.oracle.RichModel.Vehicle;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An entity and what lives with it, made from a seed as often as it is asked for: each database needs instances of its
 * own.
 *
 * @param id of the root; those of its children are computed from it
 * @param children at most so many in each collection
 */
record Unit(Kind kind, int id, long seed, int children) {
    enum Kind {
        SAMPLE,
        CUSTOMER,
        VEHICLE,
        SHAPE,
        ENTRY
    }

    static final List<Kind> KINDS = List.of(Kind.values());

    Unit childless() {
        return new Unit(kind, id, seed, 0);
    }

    /** Countries are everywhere, and the same in all data. */
    static List<Country> countries() {
        Random random = new Random(3);
        return List.of("DE", "SE", "FR", "äö", "x").stream()
                .map(code -> {
                    Country country = new Country();
                    country.code = code;
                    country.name = code.equals("FR") ? null : "Land " + code;
                    country.population = code.equals("x") ? null : code.charAt(0) % 4;
                    country.banner = Values.nullable(random, Values.COLOURS);
                    return country;
                })
                .toList();
    }

    Object make(Function<String, Country> countries) {
        return new Maker(countries).root();
    }

    private final class Maker {
        private final Random random = new Random(seed);
        private final Function<String, Country> countries;

        Maker(Function<String, Country> countries) {
            this.countries = countries;
        }

        Object root() {
            return switch (kind) {
                case SAMPLE -> sample();
                case CUSTOMER -> customer();
                case VEHICLE -> vehicle();
                case SHAPE -> shape();
                case ENTRY -> entry();
            };
        }

        private <T> T of(List<T> values) {
            return Values.nullable(random, values);
        }

        private Country country() {
            String code = of(List.of("DE", "SE", "FR", "äö"));
            return code == null ? null : countries.apply(code);
        }

        private int some(int most) {
            return Math.min(children, random.nextInt(most + 1));
        }

        private Place place() {
            if (random.nextInt(5) == 0) {
                return null;
            }
            Place place = new Place();
            place.city = of(Values.TEXTS);
            place.zip = of(Values.NUMBERS);
            place.state = country();
            return place;
        }

        private Sample sample() {
            Sample s = new Sample();
            s.id = (long) id;
            s.flag = of(Values.FLAGS);
            s.tiny = of(List.of((byte) -3, (byte) 0, (byte) 7));
            s.small = of(List.of((short) -3, (short) 0, (short) 300));
            s.number = of(Values.NUMBERS);
            s.count = of(List.of(-1L, 0L, 5L, 5_000_000_000L));
            s.big = of(Values.BIGS);
            s.weight = of(List.of(0.25f, -1.5f, 100f, 7f));
            s.ratio = of(Values.RATIOS);
            s.wild = of(Values.WILDS);
            s.price = of(Values.PRICES);
            s.fine = of(Values.FINES);
            s.loose = of(Values.LOOSE);
            s.huge = of(Values.HUGE);
            s.name = of(Values.TEXTS);
            s.body = of(Values.TEXTS);
            s.code = of(Values.CODES);
            s.letter = of(Values.LETTERS);
            s.bytes = of(Values.BYTES);
            s.token = of(Values.UUIDS);
            s.day = of(Values.DAYS);
            s.time = of(Values.TIMES);
            s.moment = of(Values.MOMENTS);
            s.offset = of(Values.OFFSETS);
            s.instant = of(Values.INSTANTS);
            s.zoned = of(Values.ZONED);
            s.year = of(Values.YEARS);
            s.nanos = of(Values.DURATIONS);
            s.gap = of(Values.DURATIONS);
            s.ordinal = of(Values.COLOURS);
            s.colour = of(Values.COLOURS);
            s.named = of(Values.COLOURS);
            s.grade = of(List.of(Grade.values()));
            s.currency = of(Values.CURRENCIES);
            s.address = of(Values.ADDRESSES);
            s.numbers = of(Values.ARRAYS);
            s.texts = of(Values.LISTS);
            s.place = place();
            s.country = country();
            s.facts = of(Values.FACTS);
            s.fact = of(Values.FACT);
            return s;
        }

        private Customer customer() {
            Customer c = new Customer();
            c.id = (long) id;
            c.name = of(Values.TEXTS);
            c.points = of(Values.NUMBERS);
            c.active = of(Values.FLAGS);
            c.born = of(Values.DAYS);
            c.home = place();
            c.country = country();
            for (int i = some(3); i > 0; i--) {
                c.tags.add(Values.of(random, Values.TEXTS.subList(1, 9)));
            }
            for (int i = some(2); i > 0; i--) {
                Phone phone = new Phone();
                phone.kind = of(Values.COLOURS);
                phone.digits = "0" + random.nextInt(5);
                c.phones.add(phone);
            }
            for (int i = some(2); i > 0; i--) {
                c.scores.put(Values.of(random, List.of("a", "B", "ä", "z")), Values.of(random, Values.NUMBERS));
            }
            if (children > 0 && random.nextBoolean()) {
                Profile profile = new Profile();
                profile.id = id * 10L;
                profile.customer = c;
                profile.motto = of(Values.TEXTS);
                profile.level = of(List.of((short) 1, (short) 2));
                c.profile = profile;
            }
            for (int i = some(2); i > 0; i--) {
                Label label = new Label();
                label.id = id * 10L + i;
                label.customer = c;
                label.text = of(Values.TEXTS);
                label.weight = of(Values.RATIOS);
                c.labels.add(label);
            }
            for (int i = some(2); i > 0; i--) {
                c.purchases.add(purchase(c, i));
            }
            return c;
        }

        private Purchase purchase(Customer customer, int i) {
            Purchase p = new Purchase();
            p.id = id * 10L + i;
            p.customer = customer;
            p.total = of(Values.PRICES);
            p.placed = of(Values.INSTANTS);
            p.status = of(Values.COLOURS);
            p.note = of(Values.TEXTS);
            p.country = country();
            for (Label label : customer.labels) {
                if (random.nextBoolean()) {
                    p.labels.add(label);
                    label.purchases.add(p);
                }
            }
            for (int n = some(2); n > 0; n--) {
                Line line = new Line();
                line.id.number = n;
                line.purchase = p;
                line.quantity = random.nextInt(4);
                line.price = of(Values.PRICES);
                line.text = Values.of(random, Values.TEXTS) + n;
                p.lines.put(line.text, line);
            }
            for (int n = some(2); n > 0; n--) {
                p.payments.add(payment(p));
            }
            return p;
        }

        private Payment payment(Purchase purchase) {
            Payment payment =
                    switch (random.nextInt(3)) {
                        case 0 -> {
                            Card card = new Card();
                            card.holder = of(Values.TEXTS);
                            card.digits = of(Values.NUMBERS);
                            yield card;
                        }
                        case 1 -> {
                            Transfer transfer = new Transfer();
                            transfer.iban = of(Values.TEXTS);
                            yield transfer;
                        }
                        default -> new Payment();
                    };
            payment.id = new UUID(random.nextLong(), random.nextLong());
            payment.purchase = purchase;
            payment.amount = of(Values.PRICES);
            payment.paid = of(Values.DAYS);
            return payment;
        }

        private Vehicle vehicle() {
            Vehicle vehicle;
            if (random.nextBoolean()) {
                Car car = new Car();
                car.doors = of(Values.NUMBERS);
                vehicle = car;
            } else {
                Truck truck = new Truck();
                truck.load = of(Values.RATIOS);
                vehicle = truck;
            }
            vehicle.id = new UUID(random.nextLong(), id);
            vehicle.plate = of(Values.TEXTS);
            vehicle.wheels = of(Values.NUMBERS);
            return vehicle;
        }

        private Shape shape() {
            Shape shape;
            switch (random.nextInt(3)) {
                case 0 -> {
                    Circle circle = new Circle();
                    circle.radius = of(Values.RATIOS);
                    shape = circle;
                }
                case 1 -> {
                    Square square = new Square();
                    square.side = of(Values.NUMBERS);
                    shape = square;
                }
                default -> shape = new Shape();
            }
            shape.id = (long) id;
            shape.label = of(Values.TEXTS);
            shape.ordinal = of(Values.COLOURS);
            return shape;
        }

        private Entry entry() {
            Entry entry = new Entry();
            entry.tenant = "tenant" + id % 5;
            entry.number = id;
            entry.text = of(Values.TEXTS);
            entry.amount = of(Values.PRICES);
            return entry;
        }
    }

    /** In words, with all that lives with it. */
    String rows() {
        Object root = make(code -> {
            Country country = new Country();
            country.code = code;
            return country;
        });
        List<Object> all = new ArrayList<>(List.of(root));
        if (root instanceof Customer customer) {
            all.addAll(customer.labels);
            if (customer.profile != null) {
                all.add(customer.profile);
            }
            for (Purchase purchase : customer.purchases) {
                all.add(purchase);
                all.addAll(purchase.lines.values());
                all.addAll(purchase.payments);
            }
        }
        return all.stream().map(Texts::of).collect(Collectors.joining("\n    "));
    }

    @Override
    public String toString() {
        return kind + " " + id + (children == 0 ? " alone" : "");
    }
}
