package io.hibernateshards.internal.mapping;

import io.hibernateshards.internal.mapping.EntityPlacement.IdPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.mapping.ToOne;
import org.jspecify.annotations.Nullable;

/** Places the trees that have a key, each after the one that it lives with. */
final class ShardedPlaces {
    private final MetadataImplementor metadata;
    private final TreeReader trees;
    private final KeyGroups groups;
    private final Problems problems;
    private final Map<String, Sharded> placed = new HashMap<>();
    private final Set<String> failed = new HashSet<>();

    /** Roots of trees whose whole id is the key, their own or the one that their parent's id is. */
    private final Set<String> idIsKey = new HashSet<>();

    ShardedPlaces(MetadataImplementor metadata, TreeReader trees, Functions functions, Problems problems) {
        this.metadata = metadata;
        this.trees = trees;
        this.problems = problems;
        groups = new KeyGroups(functions, problems);
    }

    Map<String, Sharded> place() {
        trees.sharded().keySet().forEach(name -> place(name, List.of()));
        return placed;
    }

    /** Null if it cannot be placed; then the mistake is reported. */
    private @Nullable Sharded place(String name, List<String> path) {
        Sharded done = placed.get(name);
        TreeMapping tree = trees.sharded().get(name);
        if (done != null || tree == null || failed.contains(name)) {
            return done;
        }
        Sharded found;
        if (path.contains(name)) {
            List<String> circle = path.subList(path.indexOf(name), path.size());
            problems.error(
                    name,
                    tree.key().get(0).path(),
                    "its @ShardKey associations lead in a circle: " + String.join(" -> ", circle) + " -> " + name,
                    "One of them must have a key of its own");
            found = null;
        } else {
            found = tree.isChild() ? placeChild(tree, path) : placeRoot(tree);
        }
        if (found == null) {
            failed.add(name);
        } else {
            placed.put(name, found);
        }
        return found;
    }

    private @Nullable Sharded placeRoot(TreeMapping root) {
        List<KeyAttribute> attributes =
                root.key().stream().map(KeyAttribute::of).toList();
        KeyGroup group = groups.of(root, attributes);
        if (group == null) {
            return null;
        }
        if (root.keyIsId()) {
            idIsKey.add(root.name());
        }
        return new Sharded(root.name(), group, new OwnKey(attributes), IdPlacements.ofRoot(root), root.idStyle());
    }

    private @Nullable Sharded placeChild(TreeMapping child, List<String> path) {
        Attribute association = child.key().get(0);
        ToOne toOne = (ToOne) association.value();
        if (!child.function().isEmpty()) {
            problems.error(
                    child.name(),
                    association.path(),
                    "@ShardKey names the function \"" + child.function() + "\" on an association",
                    "Leave it out: the entity lives with the one it points to");
            return null;
        }
        String target = toOne.getReferencedEntityName();
        String parentName = metadata.getEntityBinding(target).getRootClass().getEntityName();
        if (trees.others().containsKey(parentName)) {
            problems.error(
                    child.name(),
                    association.path(),
                    "its @ShardKey leads to " + parentName + ", which has no shard key",
                    "Point it to a sharded entity");
            return null;
        }
        List<String> further = new ArrayList<>(path);
        further.add(child.name());
        Sharded parent = place(parentName, further);
        if (parent == null) {
            return null;
        }
        IdPlacement foreignKey = IdPlacements.ofForeignKey(toOne, parent);
        boolean foreignKeyIsKey = toOne.isReferenceToPrimaryKey() && idIsKey.contains(parentName);
        if (foreignKeyIsKey && IdPlacements.isParentsId(child)) {
            idIsKey.add(child.name());
        }
        return new Sharded(
                child.name(),
                parent.group(),
                new ParentKey(association.path(), target, foreignKey),
                IdPlacements.ofChild(child, foreignKey, foreignKeyIsKey),
                child.idStyle());
    }
}
