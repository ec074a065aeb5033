package io.hibernateshards.internal.mapping;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import io.hibernateshards.SingleShard;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.IdPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.KeySource;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Silent;
import jakarta.persistence.MapsId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.BasicValue;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.ToOne;
import org.jspecify.annotations.Nullable;

/** Reads where each entity lives from Hibernate's boot model, and reports all mistakes together. */
public final class MappingReader {
    private final MetadataImplementor metadata;
    private final Functions functions;
    private final Collection<ShardId> shards;
    private final Problems problems = new Problems();
    private final Map<String, RootMapping> roots = new LinkedHashMap<>();
    private final Map<String, EntityPlacement> placements = new HashMap<>();
    private final Set<String> failed = new HashSet<>();

    /** Roots of inheritance trees whose whole id is the key, their own or the one that their parent's id is. */
    private final Set<String> idIsKey = new HashSet<>();

    /** What the annotations of an inheritance tree say, before it is known where its parents live. */
    private record RootMapping(
            PersistentClass entity, List<Attribute> attributes, List<Attribute> key, String function) {
        String name() {
            return entity.getEntityName();
        }

        boolean isChild() {
            return key.size() == 1 && key.get(0).value() instanceof ToOne;
        }
    }

    private MappingReader(MetadataImplementor metadata, Functions functions, Collection<ShardId> shards) {
        this.metadata = metadata;
        this.functions = functions;
        this.shards = shards;
    }

    /**
     * The places of all entities.
     *
     * @param shards the shards that there are
     * @throws io.hibernateshards.ShardingException with every mistake of the mapping, each with entity, attribute, cure
     */
    public static ShardMapping read(MetadataImplementor metadata, Functions functions, Collection<ShardId> shards) {
        return new MappingReader(metadata, functions, shards).read();
    }

    private ShardMapping read() {
        for (PersistentClass entity : metadata.getEntityBindings()) {
            if (entity.getSuperclass() == null) {
                readRoot(entity);
            } else {
                checkSubclass(entity);
            }
        }
        roots.keySet().forEach(name -> place(name, new ArrayList<>()));
        for (PersistentClass entity : metadata.getEntityBindings()) {
            EntityPlacement root = placements.get(entity.getRootClass().getEntityName());
            if (root != null) {
                placements.put(entity.getEntityName(), renamed(root, entity.getEntityName()));
            }
        }
        Associations associations = new Associations(metadata, placements, problems);
        associations.check();
        UniqueConstraints.check(metadata, placements, problems);
        problems.throwIfAny();
        return new ShardMapping(placements, associations.colocated(), problems.warnings());
    }

    private static EntityPlacement renamed(EntityPlacement root, String name) {
        if (root instanceof Sharded sharded) {
            return new Sharded(name, sharded.group(), sharded.key(), sharded.id(), sharded.idStyle());
        }
        return root instanceof EntityPlacement.Single single
                ? new EntityPlacement.Single(name, single.shard())
                : new EntityPlacement.Reference(name);
    }

    // ---- annotations of a tree

    private void readRoot(PersistentClass entity) {
        String name = entity.getEntityName();
        if (entity.getMappedClass() == null) {
            fail(name, null, "it has no Java class", "Map it to one; dynamic entities cannot be sharded");
            return;
        }
        Class<?> type = entity.getMappedClass();
        List<Attribute> attributes = Attribute.of(entity);
        boolean reference = Annotated.onType(type, ReferenceEntity.class) != null;
        SingleShard single = Annotated.onType(type, SingleShard.class);
        ShardKey onType = Annotated.onType(type, ShardKey.class);
        List<Attribute> annotated = attributes.stream()
                .filter(attribute -> attribute.annotation(ShardKey.class) != null)
                .toList();
        long kinds = Stream.of(reference, single != null, onType != null || !annotated.isEmpty())
                .filter(kind -> kind)
                .count();
        if (kinds > 1) {
            fail(
                    name,
                    null,
                    "it is annotated with more than one of @ShardKey, @ReferenceEntity and @SingleShard",
                    "Keep the one that says where its rows live");
        } else if (kinds == 0) {
            List<String> unmapped = Annotated.attributesWith(type, ShardKey.class);
            fail(
                    name,
                    unmapped.isEmpty() ? null : unmapped.get(0),
                    unmapped.isEmpty() ? "it has no shard key" : "its @ShardKey is not on a mapped attribute",
                    "Put @ShardKey on the attribute or association that decides where its rows live, or @ReferenceEntity"
                            + " or @SingleShard on the class");
        } else if (reference) {
            placements.put(name, new EntityPlacement.Reference(name));
        } else if (single != null) {
            placeSingle(name, single.value());
        } else {
            readKey(entity, attributes, annotated, onType);
        }
        new Identifiers(entity, attributes, kinds == 1 && !reference && single == null, reference, problems).check();
    }

    private void placeSingle(String name, String shard) {
        if (shards.stream().noneMatch(known -> known.name().equals(shard))) {
            fail(
                    name,
                    null,
                    "@SingleShard names the shard \"" + shard + "\", but there are only " + shards,
                    "Name one of those");
        } else {
            placements.put(name, new EntityPlacement.Single(name, ShardId.of(shard)));
        }
    }

    private void readKey(
            PersistentClass entity, List<Attribute> attributes, List<Attribute> annotated, @Nullable ShardKey onType) {
        String name = entity.getEntityName();
        if (annotated.size() > 1 || onType != null && !annotated.isEmpty()) {
            List<String> paths = annotated.stream().map(Attribute::path).toList();
            fail(
                    name,
                    null,
                    "it has more than one @ShardKey, on " + (onType == null ? "" : "the class and ") + paths,
                    "Keep one; for a key of several attributes put @ShardKey({\"a\", \"b\"}) on the class");
            return;
        }
        ShardKey annotation = onType != null ? onType : annotated.get(0).annotation(ShardKey.class);
        List<Attribute> key = onType == null ? annotated : named(name, attributes, onType);
        if (key != null && annotation != null && keyAttributesAreUsable(name, key, onType != null)) {
            roots.put(name, new RootMapping(entity, attributes, key, annotation.function()));
        } else {
            failed.add(name);
        }
    }

    private @Nullable List<Attribute> named(String name, List<Attribute> attributes, ShardKey onType) {
        if (onType.value().length == 0) {
            fail(name, null, "@ShardKey on the class names no attributes", "Write @ShardKey({\"a\", \"b\"})");
            return null;
        }
        List<Attribute> key = new ArrayList<>();
        for (String path : onType.value()) {
            attributes.stream()
                    .filter(attribute -> attribute.path().equals(path))
                    .findFirst()
                    .ifPresentOrElse(
                            key::add,
                            () -> fail(
                                    name,
                                    path,
                                    "@ShardKey names this attribute, which is not mapped",
                                    "Name one of "
                                            + attributes.stream()
                                                    .map(Attribute::path)
                                                    .toList()));
        }
        return key.size() == onType.value().length ? key : null;
    }

    private boolean keyAttributesAreUsable(String name, List<Attribute> key, boolean onType) {
        boolean usable = true;
        for (Attribute attribute : key) {
            boolean toOne = attribute.value() instanceof ToOne;
            if (!toOne && !(attribute.value() instanceof BasicValue)) {
                fail(
                        name,
                        attribute.path(),
                        "a shard key must be a basic attribute or a to-one association",
                        "Put @ShardKey on one, or name the attributes of an embeddable on the class");
                usable = false;
            } else if (attribute.value().hasFormula()
                    || attribute.value().getSelectables().size() != 1 && !toOne) {
                fail(
                        name,
                        attribute.path(),
                        "a shard key must be stored in one column, not computed",
                        "Put @ShardKey on a stored attribute");
                usable = false;
            } else if (toOne && onType && key.size() > 1) {
                fail(
                        name,
                        attribute.path(),
                        "an association cannot be a part of a key of several attributes",
                        "Put @ShardKey on the association alone, or name basic attributes");
                usable = false;
            }
            ShardKey annotation = attribute.annotation(ShardKey.class);
            if (annotation != null && annotation.value().length > 0) {
                fail(
                        name,
                        attribute.path(),
                        "@ShardKey on an attribute names attributes",
                        "Name them in @ShardKey on the class");
                usable = false;
            }
        }
        return usable;
    }

    private void checkSubclass(PersistentClass entity) {
        Class<?> type = entity.getMappedClass();
        String root = entity.getRootClass().getEntityName();
        if (type == null) {
            return;
        }
        for (Class<?> annotation : List.of(ShardKey.class, ReferenceEntity.class, SingleShard.class)) {
            if (Arrays.stream(type.getDeclaredAnnotations()).anyMatch(a -> a.annotationType() == annotation)) {
                fail(
                        entity.getEntityName(),
                        null,
                        "only the root of an inheritance tree says where its rows live",
                        "Move @" + annotation.getSimpleName() + " to " + root);
            }
        }
        entity.getProperties().forEach(property -> {
            if (Annotated.onAttribute(type, property.getName(), ShardKey.class) != null) {
                fail(
                        entity.getEntityName(),
                        property.getName(),
                        "only the root of an inheritance tree has a shard key",
                        "Move @ShardKey to " + root);
            }
        });
    }

    // ---- places

    /** Places an entity after the one that it lives with. */
    private @Nullable Sharded place(String name, List<String> path) {
        EntityPlacement done = placements.get(name);
        if (done != null || failed.contains(name)) {
            return done instanceof Sharded sharded ? sharded : null;
        }
        RootMapping root = Objects.requireNonNull(roots.get(name));
        if (path.contains(name)) {
            fail(
                    name,
                    root.key().get(0).path(),
                    "its @ShardKey associations lead in a circle: " + String.join(" -> ", path) + " -> " + name,
                    "One of them must have a key of its own");
            return null;
        }
        Sharded placed = root.isChild() ? placeChild(root, path) : placeRoot(root);
        if (placed == null) {
            failed.add(name);
        } else {
            placements.put(name, placed);
        }
        return placed;
    }

    private @Nullable Sharded placeChild(RootMapping child, List<String> path) {
        Attribute association = child.key().get(0);
        ToOne toOne = (ToOne) association.value();
        if (!child.function().isEmpty()) {
            fail(
                    child.name(),
                    association.path(),
                    "@ShardKey(function) on an association",
                    "Leave it out: the entity lives with the one it points to");
            return null;
        }
        PersistentClass target = metadata.getEntityBinding(toOne.getReferencedEntityName());
        String parentName = target.getRootClass().getEntityName();
        EntityPlacement known = placements.get(parentName);
        if (known != null && !(known instanceof Sharded)) {
            fail(
                    child.name(),
                    association.path(),
                    "its @ShardKey leads to " + parentName + ", which has no shard key",
                    "Point it to a sharded entity");
            return null;
        }
        if (!roots.containsKey(parentName) && known == null) {
            failed.add(child.name()); // the parent's own mistake is reported
            return null;
        }
        List<String> further = new ArrayList<>(path);
        further.add(child.name());
        Sharded parent = place(parentName, further);
        if (parent == null) {
            return null;
        }
        IdPlacement foreignKey = toOne.isReferenceToPrimaryKey() ? parent.id() : byOtherColumn(toOne, parent);
        KeySource key = new ParentKey(association.path(), target.getEntityName(), foreignKey);
        boolean holdsKey = toOne.isReferenceToPrimaryKey() && idIsKey.contains(parentName);
        if (holdsKey && sharesIdWithParent(child, association)) {
            idIsKey.add(child.name());
        }
        IdStyle style = idStyle(child);
        IdPlacement id = idOfChild(child, association, foreignKey, holdsKey, style);
        return new Sharded(child.name(), parent.group(), key, id, style);
    }

    /** A foreign key to another unique column says something only if that column is the key. */
    private static IdPlacement byOtherColumn(ToOne toOne, Sharded parent) {
        boolean isKey = parent.key() instanceof OwnKey own
                && own.attributes().size() == 1
                && own.attributes().get(0).path().equals(toOne.getReferencedPropertyName());
        return isKey ? new HoldsKey(List.of("")) : new Silent();
    }

    private IdPlacement idOfChild(
            RootMapping child,
            Attribute association,
            IdPlacement foreignKey,
            boolean holdsKey,
            @Nullable IdStyle style) {
        if (style != null && style.carriesBucket()) {
            return new CarriesBucket(style);
        }
        if (sharesIdWithParent(child, association)) {
            return foreignKey; // @MapsId: the id is the parent's
        }
        IdPlacement part = holdsKey ? new HoldsKey(List.of("")) : foreignKey;
        if (association.inId()
                && part instanceof HoldsKey holds
                && child.entity().getIdentifierProperty() == null) {
            String name = association.path();
            return new HoldsKey(holds.paths().stream()
                    .map(path -> path.isEmpty() ? name : name + "." + path)
                    .toList());
        }
        String mapped = mappedIdPart(association);
        if (mapped != null && part instanceof HoldsKey holds && holds.paths().equals(List.of(""))) {
            return new HoldsKey(List.of(mapped));
        }
        return new Silent();
    }

    private static boolean sharesIdWithParent(RootMapping child, Attribute association) {
        MapsId mapsId = association.annotation(MapsId.class);
        boolean wholeId = mapsId != null && mapsId.value().isEmpty();
        boolean isId = association.inId()
                && child.attributes().stream().filter(Attribute::inId).count() == 1;
        return wholeId || isId && child.entity().getIdentifierProperty() != null;
    }

    /** The attribute of an embedded id that {@code @MapsId("…")} fills from the key association. */
    private static @Nullable String mappedIdPart(Attribute association) {
        MapsId mapsId = association.annotation(MapsId.class);
        return mapsId == null || mapsId.value().isEmpty() ? null : mapsId.value();
    }

    private @Nullable Sharded placeRoot(RootMapping root) {
        List<KeyAttribute> attributes =
                root.key().stream().map(KeyAttributes::of).toList();
        IdStyle style = idStyle(root);
        boolean keyIsId = root.key().size() == 1
                && root.key().get(0).inId()
                && root.entity().getIdentifierProperty() != null
                && root.key()
                        .get(0)
                        .path()
                        .equals(root.entity().getIdentifierProperty().getName());
        KeyGroup group = group(root, attributes, keyIsId ? style : null);
        if (group == null) {
            return null;
        }
        if (keyIsId) {
            idIsKey.add(root.name());
        }
        IdPlacement id = style != null && style.carriesBucket()
                ? new CarriesBucket(style)
                : keyIsId ? new HoldsKey(List.of("")) : keyInside(root);
        return new Sharded(root.name(), group, new OwnKey(attributes), id, style);
    }

    private @Nullable KeyGroup group(RootMapping root, List<KeyAttribute> attributes, @Nullable IdStyle keyStyle) {
        List<Class<?>> types = attributes.stream().map(KeyAttribute::javaType).collect(Collectors.toUnmodifiableList());
        String name = root.function();
        boolean carries = keyStyle != null && keyStyle.carriesBucket();
        String path = root.key().stream().map(Attribute::path).collect(Collectors.joining(", "));
        if (name.equals("id") || name.isEmpty() && carries) {
            if (keyStyle == null || !carries) {
                fail(
                        root.name(),
                        path,
                        "the function \"id\" reads the bucket that a generated id carries, and this is none",
                        "Use it on an @Id @ShardedId of a style that carries the bucket, or use hash");
                return null;
            }
            return new KeyGroup("id", functions.ofId(keyStyle), types);
        }
        if (carries) {
            fail(
                    root.name(),
                    path,
                    "its id carries the bucket, which the function \"" + name + "\" might contradict",
                    "Leave the function out, or use @ShardedId(style = SNOWFLAKE)");
            return null;
        }
        String used = name.isEmpty() ? "hash" : name;
        var function = functions.named(used);
        if (function.isEmpty()) {
            fail(
                    root.name(),
                    path,
                    "there is no bucket function \"" + used + "\"; there are " + functions.names(),
                    "Configure it under hibernate.shards.function." + used);
            return null;
        }
        var wrong = function.get().check(types);
        if (wrong.isPresent()) {
            fail(root.name(), path, wrong.get(), "Choose another key or function");
            return null;
        }
        return new KeyGroup(used, function.get(), types);
    }

    /** Whether a composite id has every value of the key. */
    private static IdPlacement keyInside(RootMapping root) {
        if (!root.key().stream().allMatch(Attribute::inId)) {
            return new Silent();
        }
        var idProperty = root.entity().getIdentifierProperty();
        int prefix = idProperty == null ? 0 : idProperty.getName().length() + 1;
        return new HoldsKey(root.key().stream()
                .map(attribute -> attribute.path().substring(prefix))
                .toList());
    }

    private static @Nullable IdStyle idStyle(RootMapping root) {
        for (Attribute attribute : root.attributes()) {
            ShardedId annotation = attribute.inId() ? attribute.annotation(ShardedId.class) : null;
            if (annotation != null) {
                return annotation.style();
            }
        }
        return null;
    }

    private void fail(String entity, @Nullable String attribute, String what, String cure) {
        failed.add(entity);
        problems.error(entity, attribute, what, cure);
    }
}
