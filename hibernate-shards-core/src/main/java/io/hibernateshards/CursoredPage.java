package io.hibernateshards;

import java.util.List;
import java.util.Optional;

/**
 * Some rows of a query in their order, with the cursors of the pages next to it. A cursor is text for a URL or a JSON
 * document: it tells where a page begins by the sort keys of a row, not by counting, so the pages of a long list cost the
 * same wherever they are, and rows that come and go elsewhere shift none of them. It is signed and cannot be made up, but
 * the keys in it are not secret.
 *
 * @param rows at most as many as were asked for; fewer only at the end, or at the beginning when going back
 * @param next the cursor of the page behind this one; empty if there is none
 * @param previous the cursor of the page before this one; empty if there is none
 * @param <R> what a row becomes
 * @since 0.1
 */
public record CursoredPage<R>(List<R> rows, Optional<String> next, Optional<String> previous) {
    /**
     * A page.
     *
     * @param rows the rows
     * @param next the cursor of the page behind this one
     * @param previous the cursor of the page before this one
     */
    public CursoredPage {
        rows = List.copyOf(rows);
    }
}
