package io.hibernateshards.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A part of a query: it can be written, and made simpler. A simpler query need not be a right one: what neither database
 * understands is no failure, so shrinking passes it by.
 *
 * @param type what it yields; a part may be replaced by a part of itself that yields the same
 * @param parts texts and nodes, one after the other
 * @param separator between nodes of a list, which may be left out
 * @param least how many nodes of a list have to stay
 * @param value of a parameter
 * @param position of an order key in the select list, from 1
 */
record Node(String type, List<Object> parts, String separator, int least, Object value, int position) {
    static Node of(String type, Object... parts) {
        return new Node(type, Arrays.asList(parts), null, 0, null, 0);
    }

    /** Begins with the text if it has any nodes at all. */
    static Node list(String begin, String separator, int least, List<Node> nodes) {
        return new Node(begin, List.copyOf(nodes), separator, least, null, 0);
    }

    /** May be left out. */
    static Node optional(Object... parts) {
        return list("", "", 0, List.of(of("", parts)));
    }

    static Node parameter(String type, Object value) {
        return new Node(type, List.of(), null, 0, value, 0);
    }

    Node at(int place) {
        return new Node(type, parts, separator, least, value, place);
    }

    /** The query and its parameters: p1, p2 ... */
    static final class Text {
        final StringBuilder hql = new StringBuilder();
        final Map<String, Object> parameters = new LinkedHashMap<>();

        @Override
        public String toString() {
            return hql.toString();
        }
    }

    Text text() {
        Text text = new Text();
        write(text);
        return text;
    }

    private void write(Text text) {
        if (value != null) {
            String name = "p" + (text.parameters.size() + 1);
            text.parameters.put(name, value);
            text.hql.append(':').append(name);
            return;
        }
        if (separator != null && !parts.isEmpty()) {
            text.hql.append(type);
        }
        for (int i = 0; i < parts.size(); i++) {
            if (separator != null && i > 0) {
                text.hql.append(separator);
            }
            if (parts.get(i) instanceof Node node) {
                node.write(text);
            } else {
                text.hql.append(parts.get(i));
            }
        }
    }

    /** All simpler queries, the shortest first. */
    Stream<Node> simpler() {
        Stream<Node> own = separator != null ? shorter() : parts.size() > 1 ? within() : Stream.empty();
        return Stream.concat(
                own,
                IntStream.range(0, parts.size())
                        .boxed()
                        .flatMap(i -> parts.get(i) instanceof Node node
                                ? node.simpler().map(simpler -> with(i, simpler))
                                : Stream.empty()));
    }

    private Stream<Node> shorter() {
        return parts.size() <= least
                ? Stream.empty()
                : IntStream.range(0, parts.size()).mapToObj(i -> {
                    List<Object> rest = new ArrayList<>(parts);
                    rest.remove(i);
                    return new Node(type, rest, separator, least, null, position);
                });
    }

    private Stream<Node> within() {
        return type.isEmpty()
                ? Stream.empty()
                : descendants().filter(node -> node.type.equals(type)).map(n -> n.at(position));
    }

    private Stream<Node> descendants() {
        return parts.stream()
                .filter(Node.class::isInstance)
                .map(Node.class::cast)
                .flatMap(node -> Stream.concat(Stream.of(node), node.descendants()));
    }

    private Node with(int i, Node simpler) {
        List<Object> changed = new ArrayList<>(parts);
        changed.set(i, simpler);
        return new Node(type, changed, separator, least, null, position);
    }

    /** Where in the select list the first order keys are, as far as they are selected. */
    List<Integer> leadingPositions() {
        for (Object part : parts) {
            if (part instanceof Node node) {
                if (" order by ".equals(node.type)) {
                    return node.parts.stream()
                            .map(key -> ((Node) key).position)
                            .takeWhile(place -> place > 0)
                            .toList();
                }
                List<Integer> found = node.leadingPositions();
                if (!found.isEmpty()) {
                    return found;
                }
            }
        }
        return List.of();
    }

    @Override
    public String toString() {
        return text().toString();
    }
}
