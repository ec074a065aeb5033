package io.hibernateshards.internal.reference;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.EntityIdentifierMapping;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.persister.entity.EntityPersister;

/** The ids whose rows a statement is about, in whichever form they are known. */
interface Keys {
    /** A JSON array of ids as digests have them. */
    static Keys ofJson(String array) {
        return new Keys() {
            @Override
            public String condition(ReferenceTable table) {
                return table.among();
            }

            @Override
            @SuppressWarnings("unchecked")
            public int bind(PreparedStatement statement, int from, SharedSessionContractImplementor session)
                    throws SQLException {
                statement.setString(from, array);
                return from + 1;
            }
        };
    }

    /** Ids as attributes have them. */
    static Keys ofIds(EntityPersister persister, List<Object> ids) {
        EntityIdentifierMapping mapping = persister.getIdentifierMapping();
        String one = "(" + String.join(", ", Collections.nCopies(mapping.getJdbcTypeCount(), "?")) + ")";
        String all = " in (" + String.join(", ", Collections.nCopies(ids.size(), one)) + ")";
        return new Keys() {
            @Override
            public String condition(ReferenceTable table) {
                return table.id() + all;
            }

            @Override
            public int bind(PreparedStatement statement, int from, SharedSessionContractImplementor session)
                    throws SQLException {
                List<Object> values = new ArrayList<>();
                List<JdbcMapping> types = new ArrayList<>();
                for (Object id : ids) {
                    mapping.forEachJdbcValue(
                            id,
                            (index, value, type) -> {
                                values.add(value);
                                types.add(type);
                            },
                            session);
                }
                for (int i = 0; i < values.size(); i++) {
                    @SuppressWarnings("unchecked")
                    var binder = (org.hibernate.type.descriptor.ValueBinder<Object>)
                            types.get(i).getJdbcValueBinder();
                    binder.bind(statement, values.get(i), from + i, session);
                }
                return from + values.size();
            }
        };
    }

    /** That a row's id is one of them, with parameters. */
    String condition(ReferenceTable table);

    /**
     * Sets the parameters of the condition.
     *
     * @return where the next parameter is
     */
    int bind(PreparedStatement statement, int from, SharedSessionContractImplementor session) throws SQLException;
}
