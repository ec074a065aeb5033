package io.hibernateshards.internal.scatter;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions, queries and factories behave as plain Hibernate's do. */
class SemanticsTest {
    private static BothSides sides;

    @BeforeAll
    static void start() {
        sides = new BothSides("", Map.of(), SemanticsModel.ENTITIES);
        SemanticsModel.load(sides);
    }

    @AfterAll
    static void stop() {
        sides.close();
    }

    // ---- one-to-one associations without columns of their own

    @ParameterizedTest
    @ValueSource(strings = {"Label", "Seal"})
    void oneToOnesByThePrimaryKey_areKeys(String entity) {
        for (String hql : List.of(
                "select x.box.name from ENTITY x order by x.box.id",
                "from ENTITY x where x.box.id = 3",
                "from ENTITY x where x.id = 3",
                "select count(*) from ENTITY x join x.box b where b.name = 'n2'",
                "select x, b from Box b join ENTITY x on x.box = b order by b.id")) {
            sides.sameOrder(hql.replace("ENTITY", entity));
        }
    }
}
