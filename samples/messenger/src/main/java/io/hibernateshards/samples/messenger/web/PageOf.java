package io.hibernateshards.samples.messenger.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Slice;
import org.springframework.data.domain.Window;

/**
 * Some items of a list.
 *
 * @param items at most as many as were asked for
 * @param next what to ask for to get those behind them; absent if there are none
 * @param <T> what an item is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PageOf<T>(List<T> items, @Nullable String next) {
    /** Pages that are counted: the next one is a number. */
    static <S, T> PageOf<T> of(Slice<S> slice, Function<S, T> view) {
        return new PageOf<>(
                slice.stream().map(view).toList(), slice.hasNext() ? String.valueOf(slice.getNumber() + 1) : null);
    }

    /** Pages that begin behind a row: the next one is the id of the last. */
    static <S, T> PageOf<T> of(Window<S> window, Function<S, T> view, ToLongFunction<S> id) {
        List<S> rows = window.getContent();
        return new PageOf<>(
                rows.stream().map(view).toList(),
                window.hasNext() ? String.valueOf(id.applyAsLong(rows.get(rows.size() - 1))) : null);
    }
}
