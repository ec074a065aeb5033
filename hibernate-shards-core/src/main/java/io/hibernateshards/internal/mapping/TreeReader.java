package io.hibernateshards.internal.mapping;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.SingleShard;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.hibernate.mapping.PersistentClass;
import org.jspecify.annotations.Nullable;

/** Reads the annotations of inheritance trees: each is a reference, lives on a single shard, or has a key. */
final class TreeReader {
    private final Collection<ShardId> shards;
    private final Problems problems;
    private final Map<String, TreeMapping> sharded = new LinkedHashMap<>();
    private final Map<String, EntityPlacement> others = new HashMap<>();

    TreeReader(Collection<ShardId> shards, Problems problems) {
        this.shards = shards;
        this.problems = problems;
    }

    /** The trees that have a key, by the name of their root. */
    Map<String, TreeMapping> sharded() {
        return sharded;
    }

    /** The trees that are placed without a key. */
    Map<String, EntityPlacement> others() {
        return others;
    }

    void read(PersistentClass root) {
        String name = root.getEntityName();
        Class<?> type = root.getMappedClass();
        if (type == null) {
            problems.error(name, null, "it has no Java class", "Map it to one; dynamic entities cannot be sharded");
            return;
        }
        List<Attribute> attributes = Attribute.of(root);
        boolean reference = Annotated.onType(type, ReferenceEntity.class) != null;
        SingleShard single = Annotated.onType(type, SingleShard.class);
        ShardKey onType = Annotated.onType(type, ShardKey.class);
        List<Attribute> annotated = attributes.stream()
                .filter(attribute -> attribute.annotation(ShardKey.class) != null)
                .toList();
        boolean keyed = onType != null || !annotated.isEmpty();
        long kinds =
                Stream.of(reference, single != null, keyed).filter(kind -> kind).count();
        if (kinds > 1) {
            problems.error(
                    name,
                    annotated.isEmpty() ? null : annotated.get(0).path(),
                    "it is annotated with more than one of @ShardKey, @ReferenceEntity and @SingleShard",
                    "Keep the one that says where its rows live");
        } else if (kinds == 0) {
            withoutKind(name, type);
        } else if (reference) {
            others.put(name, new EntityPlacement.Reference(name));
        } else if (single != null) {
            readSingle(name, single.value());
        } else {
            readKey(root, attributes, annotated, onType);
        }
        new Identifiers(root, attributes, kinds == 1 && keyed, kinds == 1 && reference, problems).check();
        KeyRules.checkElements(name, attributes, problems);
    }

    private void withoutKind(String name, Class<?> type) {
        List<String> unmapped = Annotated.attributesWith(type, ShardKey.class);
        problems.error(
                name,
                unmapped.isEmpty() ? null : unmapped.get(0),
                unmapped.isEmpty() ? "it has no shard key" : "its @ShardKey is not on a mapped attribute",
                "Put @ShardKey on the attribute or association that decides where its rows live, or @ReferenceEntity"
                        + " or @SingleShard on the class");
    }

    private void readSingle(String name, String shard) {
        if (shards.stream().noneMatch(known -> known.name().equals(shard))) {
            problems.error(
                    name,
                    null,
                    "@SingleShard names the shard \"" + shard + "\", but there are only " + shards,
                    "Name one of those");
        } else {
            others.put(name, new EntityPlacement.Single(name, ShardId.of(shard)));
        }
    }

    private void readKey(
            PersistentClass root, List<Attribute> attributes, List<Attribute> annotated, @Nullable ShardKey onType) {
        String name = root.getEntityName();
        if (annotated.size() > 1 || onType != null && !annotated.isEmpty()) {
            List<String> paths = annotated.stream().map(Attribute::path).toList();
            problems.error(
                    name,
                    null,
                    "it has more than one @ShardKey, on " + (onType == null ? "" : "the class and ") + paths,
                    "Keep one; for a key of several attributes put @ShardKey({\"a\", \"b\"}) on the class");
            return;
        }
        ShardKey annotation = onType != null ? onType : annotated.get(0).annotation(ShardKey.class);
        List<Attribute> key = onType == null ? annotated : named(name, attributes, onType);
        if (key != null && annotation != null && KeyRules.areUsable(name, key, attributes, problems)) {
            sharded.put(name, new TreeMapping(root, attributes, key, annotation.function()));
        }
    }

    /** The attributes that an annotation on the type names, or null if one of them is not there. */
    private @Nullable List<Attribute> named(String name, List<Attribute> attributes, ShardKey onType) {
        if (onType.value().length == 0) {
            problems.error(name, null, "@ShardKey on the class names no attributes", "Write @ShardKey({\"a\", \"b\"})");
            return null;
        }
        List<Attribute> key = new ArrayList<>();
        for (String path : onType.value()) {
            Attribute found = attributes.stream()
                    .filter(attribute -> attribute.path().equals(path))
                    .findFirst()
                    .orElse(null);
            if (found == null) {
                problems.error(
                        name,
                        path,
                        "@ShardKey names this attribute, which is not mapped",
                        "Name one of "
                                + attributes.stream().map(Attribute::path).toList());
            } else if (key.contains(found)) {
                problems.error(name, path, "@ShardKey names this attribute twice", "Name it once");
            } else {
                key.add(found);
            }
        }
        return key.size() == onType.value().length ? key : null;
    }
}
