package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.scatter.OracleModel.Asset;
import io.hibernateshards.internal.scatter.OracleModel.Boat;
import io.hibernateshards.internal.scatter.OracleModel.Colour;
import io.hibernateshards.internal.scatter.OracleModel.Deal;
import io.hibernateshards.internal.scatter.OracleModel.Grade;
import io.hibernateshards.internal.scatter.OracleModel.House;
import io.hibernateshards.internal.scatter.OracleModel.Line;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Place;
import io.hibernateshards.internal.scatter.OracleModel.Region;
import io.hibernateshards.internal.scatter.OracleModel.Rental;
import io.hibernateshards.internal.scatter.OracleModel.Sale;
import io.hibernateshards.internal.scatter.OracleModel.Size;
import io.hibernateshards.internal.scatter.OracleModel.Stock;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The same rows every time. Values come from small sets, so that there are ties, nulls and the ends of every type. */
final class OracleRows {
    static final int OWNERS = 150;

    /** Not by code points in any language; the emoji is below U+FF5E in UTF-16 only. */
    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "A",
            "b",
            "B",
            "ab",
            "Ab",
            "aB",
            "ä",
            "Ä",
            "z",
            "Z",
            "ö",
            "o",
            "ss",
            "ß",
            "e",
            "é",
            "É",
            "co-op",
            "coop",
            "co op",
            "\uFF5E",
            "\uD83D\uDE00",
            "\uD83D\uDE00a",
            "\uFFFD",
            "ø",
            "å",
            "_a",
            "1",
            "10",
            "2");

    private static final List<Double> RATIOS = List.of(
            Double.NaN,
            -0.0,
            0.0,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            1.5,
            -1.5,
            Double.MIN_VALUE,
            1e300);

    private final Random random = new Random(7);
    private final List<Region> regions = new ArrayList<>();
    private long deal;
    private long line;

    List<Region> regions() {
        for (String code : List.of("N", "E", "S", "W")) {
            Region region = new Region();
            region.code = code;
            region.name = code.equals("W") ? null : "region " + code;
            region.ranking = code.charAt(0) % 3;
            regions.add(region);
        }
        return regions;
    }

    /** With their deals and lines; each is stored by its own transaction. After {@link #regions()}. */
    List<Owner> owners() {
        List<Owner> owners = new ArrayList<>();
        for (long id = 1; id <= OWNERS; id++) {
            owners.add(owner(id % 2 == 0 ? id : -id));
        }
        return owners;
    }

    List<Stock> stocks() {
        List<Stock> stocks = new ArrayList<>();
        for (long id = 1; id <= 40; id++) {
            Stock stock = new Stock();
            stock.id = id;
            stock.amount = (int) (id * 7 % 60);
            stocks.add(stock);
        }
        return stocks;
    }

    List<Asset> assets() {
        List<Asset> assets = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Asset asset;
            if (i % 3 == 0) {
                House house = new House();
                house.floors = i % 5;
                asset = house;
            } else if (i % 3 == 1) {
                Boat boat = new Boat();
                boat.length = i % 2 == 0 ? null : (Double) (i / 2.0);
                asset = boat;
            } else {
                asset = new Asset();
            }
            asset.id = new UUID(random.nextLong(), random.nextLong());
            asset.tenant = "tenant" + i % 9;
            asset.label = oneOf(TEXTS);
            assets.add(asset);
        }
        return assets;
    }

    private <T> T of(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private <T> @Nullable T oneOf(List<T> values) {
        return random.nextInt(6) == 0 ? null : of(values);
    }

    private Owner owner(long id) {
        Owner owner = new Owner();
        owner.id = id;
        owner.name = oneOf(TEXTS);
        owner.code = oneOf(List.of("a", "ab", "AB", "b", "äb", "abc"));
        owner.letter = oneOf(List.of('a', 'A', 'ä', 'Z', ' '));
        owner.active = oneOf(List.of(true, false));
        owner.number = oneOf(List.of(-5, 0, 3, 12, 100, 1_000_000));
        owner.small = oneOf(List.of((short) -3, (short) 0, Short.MAX_VALUE, Short.MIN_VALUE));
        owner.big = oneOf(List.of(-1L, 0L, 1L << 40, -(1L << 50), 9_007_199_254_740_993L));
        owner.huge = oneOf(List.of(
                BigInteger.ONE.shiftLeft(100),
                BigInteger.TEN,
                BigInteger.ONE.shiftLeft(90).negate()));
        owner.amount = oneOf(List.of(
                new BigDecimal("1.10"), new BigDecimal("1.1000000001"), new BigDecimal("-7"), new BigDecimal("1E+15")));
        owner.anyScale = oneOf(
                List.of(new BigDecimal("2"), new BigDecimal("2.0"), new BigDecimal("2.00"), new BigDecimal("-0.001")));
        owner.ratio = oneOf(RATIOS);
        owner.weight = oneOf(List.of(1.1f, -1.1f, Float.NaN, 0f, -0f, 16777216f));
        owner.finite = oneOf(List.of(0.1, 0.25, -3.5, 1e6));
        owner.colour = oneOf(List.of(Colour.values()));
        owner.size = oneOf(List.of(Size.values()));
        owner.grade = oneOf(List.of(Grade.values()));
        owner.points = of(List.of(0, 3, 7, 15, 40, 99));
        owner.token = random.nextInt(6) == 0 ? null : new UUID(random.nextLong(), random.nextLong());
        owner.bytes =
                oneOf(List.of(new byte[0], new byte[] {1}, new byte[] {-1}, new byte[] {1, 2}, new byte[] {-128}));
        owner.instant = oneOf(List.of(
                Instant.parse("2024-02-29T23:59:59.123456Z"), Instant.EPOCH, Instant.parse("1815-06-18T11:00:00Z")));
        owner.day = oneOf(List.of(LocalDate.of(2024, 2, 29), LocalDate.of(1582, 10, 15), LocalDate.of(3000, 1, 1)));
        owner.time = oneOf(List.of(LocalTime.MIDNIGHT, LocalTime.of(23, 59, 59), LocalTime.NOON));
        owner.moment = oneOf(List.of(LocalDateTime.of(2024, 3, 31, 2, 30), LocalDateTime.of(1970, 1, 1, 0, 0)));
        owner.offset = oneOf(List.of(
                OffsetDateTime.parse("2024-01-01T00:00:00+14:00"),
                OffsetDateTime.parse("2023-12-31T12:00:00-11:00"),
                OffsetDateTime.parse("2024-01-01T00:00:00Z"),
                OffsetDateTime.parse("2023-12-31T10:00:00Z")));
        if (random.nextInt(5) != 0) {
            owner.place = new Place();
            owner.place.city = oneOf(TEXTS);
            owner.place.zip = oneOf(List.of(10115, 99, -1));
        }
        owner.region = oneOf(regions);
        for (int i = random.nextInt(4); i > 0; i--) {
            owner.tags.add(of(TEXTS.subList(1, 8)));
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            owner.deals.add(deal(owner));
        }
        return owner;
    }

    private Deal deal(Owner owner) {
        Deal made;
        switch (random.nextInt(3)) {
            case 0 -> {
                Sale sale = new Sale();
                sale.discount = oneOf(List.of(0, 5, 50));
                made = sale;
            }
            case 1 -> {
                Rental rental = new Rental();
                rental.days = oneOf(List.of(1, 7, 365));
                made = rental;
            }
            default -> made = new Deal();
        }
        made.id = ++deal * 3;
        made.owner = owner;
        made.region = oneOf(regions);
        made.price = oneOf(List.of(new BigDecimal("9.99"), new BigDecimal("-1.50"), new BigDecimal("1000000.00")));
        made.note = oneOf(TEXTS);
        made.day = oneOf(List.of(LocalDate.of(2024, 2, 29), LocalDate.of(2025, 1, 1)));
        for (int i = random.nextInt(3); i > 0; i--) {
            Line of = new Line();
            of.id = ++line * 7;
            of.deal = made;
            of.quantity = random.nextInt(5);
            of.text = oneOf(TEXTS);
            made.lines.add(of);
        }
        return made;
    }
}
