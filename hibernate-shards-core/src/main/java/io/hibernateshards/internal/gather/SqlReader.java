package io.hibernateshards.internal.gather;

import io.hibernateshards.internal.target.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.hibernate.LockMode;
import org.hibernate.dialect.sql.ast.PostgreSQLSqlAstTranslator;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.internal.SqlFragmentPredicate;
import org.hibernate.sql.Template;
import org.hibernate.sql.ast.Clause;
import org.hibernate.sql.ast.tree.Statement;
import org.hibernate.sql.ast.tree.cte.CteContainer;
import org.hibernate.sql.ast.tree.expression.ColumnReference;
import org.hibernate.sql.ast.tree.expression.FunctionExpression;
import org.hibernate.sql.ast.tree.expression.Literal;
import org.hibernate.sql.ast.tree.expression.SelfRenderingExpression;
import org.hibernate.sql.ast.tree.from.NamedTableReference;
import org.hibernate.sql.ast.tree.from.UnionTableReference;
import org.hibernate.sql.ast.tree.predicate.FilterPredicate.FilterFragmentPredicate;
import org.hibernate.sql.ast.tree.predicate.Predicate;
import org.hibernate.sql.ast.tree.select.QuerySpec;
import org.hibernate.sql.exec.spi.JdbcSelect;
import org.jspecify.annotations.Nullable;

/**
 * Writes the SQL of a select as Hibernate does, and notes which tables and columns go into it. Nothing can be missed, for
 * what is not written is not read either; of what is written as text in the mapping or the query, all columns are taken.
 */
final class SqlReader extends PostgreSQLSqlAstTranslator<JdbcSelect> {
    private static final Pattern READS_TABLES = Pattern.compile("\\b(select|table)\\b", Pattern.CASE_INSENSITIVE);

    private final @Nullable ShardedTables sharded;
    private final Map<String, List<String>> tablesByAlias = new LinkedHashMap<>();
    private final Map<String, Integer> occurrences = new LinkedHashMap<>();
    private final Map<String, Set<String>> columnsByAlias = new HashMap<>();
    private final Set<String> wholeAliases = new HashSet<>();
    private final Set<String> commonTableExpressions = new HashSet<>();
    private @Nullable String writtenAlias;
    private boolean whole;
    private boolean grouped;
    private @Nullable Refusal refusal;

    /**
     * A reader.
     *
     * @param sharded which tables there will be copies of, which are to be read; null for none
     */
    SqlReader(SessionFactoryImplementor factory, Statement statement, @Nullable ShardedTables sharded) {
        super(factory, statement);
        this.sharded = sharded;
    }

    // ---- what was read

    /** The tables in order; those of common table expressions are none. */
    Set<String> tables() {
        Set<String> tables = new LinkedHashSet<>(occurrences.keySet());
        tables.removeAll(commonTableExpressions);
        return tables;
    }

    boolean isCommonTableExpression(String name) {
        return commonTableExpressions.contains(name);
    }

    /** How often the statement reads a table. */
    int occurrences(String table) {
        return occurrences.getOrDefault(table, 0);
    }

    List<String> columns(String table) {
        Set<String> columns = new LinkedHashSet<>();
        tablesByAlias.forEach((alias, tables) -> {
            if (tables.contains(table)) {
                if (whole || tables.size() > 1 || wholeAliases.contains(alias)) {
                    columns.add(CopiedTable.ALL_COLUMNS);
                }
                columns.addAll(columnsByAlias.getOrDefault(alias, Set.of()));
            }
        });
        return columns.contains(CopiedTable.ALL_COLUMNS) ? List.of(CopiedTable.ALL_COLUMNS) : List.copyOf(columns);
    }

    boolean isGrouped() {
        return grouped;
    }

    @Nullable
    Refusal refusal() {
        return refusal;
    }

    // ---- reading

    @Override
    protected boolean renderNamedTableReference(NamedTableReference table, LockMode lockMode) {
        List<String> names = names(table);
        String alias = table.getIdentificationVariable();
        tablesByAlias.computeIfAbsent(alias, key -> new ArrayList<>()).addAll(names);
        names.forEach(name -> occurrences.merge(name, 1, Integer::sum));
        if (!names.contains(table.getTableExpression())) {
            // a subquery of the table's columns, such as those of one subclass's rows
            wholeAliases.add(alias);
        }
        return super.renderNamedTableReference(copy(table, names), lockMode);
    }

    /** Of tables that are named with a schema, copies by names of their own. */
    private NamedTableReference copy(NamedTableReference table, List<String> names) {
        String text = table.getTableExpression();
        for (String name : names) {
            String copy = CopiedTable.copy(name);
            if (!copy.equals(name) && sharded != null && sharded.areCopied(name)) {
                String before = text;
                text = text.equals(name)
                        ? copy
                        : text.replace(" from " + name + " ", " from " + copy + " ")
                                .replace(" from " + name + ")", " from " + copy + ")");
                if (text.equals(before) || table.getAsOfTransactionIdentifier() != null) {
                    refusal = new Refusal(
                            "the table " + name,
                            "a temporary table can only take the place of one that is named without a schema",
                            "leave schema and catalog out of the mapping, and name the schema in the shard's URL");
                }
            }
        }
        return text.equals(table.getTableExpression())
                ? table
                : new NamedTableReference(text, table.getIdentificationVariable(), table.isOptional());
    }

    /** Of a union, the tables that it reads, and not those of the classes that it leaves out; an abstract class has none. */
    private static List<String> names(NamedTableReference table) {
        List<String> names = new ArrayList<>();
        table.applyAffectedTableNames(names::add);
        if (table instanceof UnionTableReference) {
            String union = table.getTableExpression();
            names.removeIf(name -> name.startsWith("(")
                    || !union.equals(name)
                            && !union.contains(" from " + name + " union all ")
                            && !union.endsWith(" from " + name + ")"));
        }
        return names.stream().distinct().toList();
    }

    @Override
    public void visitColumnReference(ColumnReference column) {
        if (writtenAlias != null) {
            appendSql(writtenAlias + "." + column.getColumnExpression());
            return;
        }
        String alias = column.getQualifier();
        if (column.getJdbcMapping().getJdbcType().isLob()) {
            refusal = new Refusal(
                    "the large object " + column.getColumnExpression(),
                    "its column has but a number, which means another object to another server",
                    "select the entity, which is loaded from its own shard, or map the attribute as text or bytea");
        }
        if (column.isColumnExpressionFormula()) {
            fragment(column.getColumnExpression(), alias);
        } else if (!isPlain(column)) {
            fragment(String.valueOf(column.getReadExpression()), alias);
        } else if (alias == null) {
            whole = true;
        } else {
            columnsByAlias.computeIfAbsent(alias, key -> new LinkedHashSet<>()).add(column.getColumnExpression());
        }
        super.visitColumnReference(column);
    }

    /** Whether it is read as it is, not through SQL of the mapping. */
    static boolean isPlain(ColumnReference column) {
        String read = column.getReadExpression();
        return !column.isColumnExpressionFormula()
                && (read == null || read.equals(Template.TEMPLATE + "." + column.getColumnExpression()));
    }

    @Override
    public void visitSelfRenderingExpression(SelfRenderingExpression expression) {
        if (expression instanceof FunctionExpression function && "sql".equals(function.getFunctionName())) {
            Object text = function.getArguments().get(0);
            fragment(text instanceof Literal literal ? String.valueOf(literal.getLiteralValue()) : "select", null);
        } else if (expression instanceof FunctionExpression function && "column".equals(function.getFunctionName())) {
            whole = true; // the column's name is in the SQL only
        } else if (!(expression instanceof FunctionExpression)) {
            whole = true;
        }
        super.visitSelfRenderingExpression(expression);
    }

    @Override
    public void visitFilterFragmentPredicate(FilterFragmentPredicate filter) {
        fragment(filter.getSqlFragment(), null);
        super.visitFilterFragmentPredicate(filter);
    }

    @Override
    public void visitSqlFragmentPredicate(SqlFragmentPredicate predicate) {
        fragment(predicate.getSqlFragment(), null);
        super.visitSqlFragmentPredicate(predicate);
    }

    private void fragment(String text, @Nullable String alias) {
        if (alias == null) {
            whole = true;
        } else {
            wholeAliases.add(alias);
        }
        if (READS_TABLES.matcher(text).find()) {
            refusal = new Refusal(
                    "a subquery in SQL of the mapping or of the query",
                    "which tables it reads is not known: " + text,
                    "write it as HQL, or restrict the query to one shard by its key");
        }
    }

    @Override
    public void visitCteContainer(CteContainer container) {
        commonTableExpressions.addAll(container.getCteStatements().keySet());
        super.visitCteContainer(container);
    }

    @Override
    public void visitQuerySpec(QuerySpec query) {
        grouped |= !query.getGroupByClauseExpressions().isEmpty();
        super.visitQuerySpec(query);
    }

    // ---- parts

    /** Writes a condition by itself, of plain columns that all go by one alias. */
    String write(Predicate predicate, String alias) {
        writtenAlias = alias;
        getClauseStack().push(Clause.WHERE);
        predicate.accept(this);
        getClauseStack().pop();
        return getSql();
    }
}
