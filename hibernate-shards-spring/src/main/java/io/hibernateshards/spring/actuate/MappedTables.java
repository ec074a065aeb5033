package io.hibernateshards.spring.actuate;

import io.hibernateshards.ReferenceEntity;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.SingleShard;
import java.util.Map;
import java.util.TreeMap;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.EntityMappingType;
import org.hibernate.metamodel.spi.MappingMetamodelImplementor;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.springframework.core.annotation.AnnotationUtils;

/** The tables of the mapping, and on which shards their rows are. */
final class MappedTables {
    static final String SHARDED = "sharded";
    static final String REFERENCE = "reference";
    static final String SINGLE = "single";

    private MappedTables() {}

    /** Names as SQL has them, with their kinds. */
    static Map<String, String> of(ShardedSessionFactory factory) {
        MappingMetamodelImplementor mapping =
                factory.unwrap(SessionFactoryImplementor.class).getMappingMetamodel();
        Map<String, String> tables = new TreeMap<>();
        mapping.forEachEntityDescriptor(
                entity -> entity.forEachTableDetails(table -> put(tables, table.getTableName(), kind(entity))));
        mapping.forEachCollectionDescriptor(collection -> {
            if (!collection.isOneToMany()) {
                put(tables, tableOf(collection), kind(collection.getOwnerEntityPersister()));
            }
        });
        return tables;
    }

    private static String tableOf(CollectionPersister collection) {
        return collection.getAttributeMapping().getSeparateCollectionTable();
    }

    private static void put(Map<String, String> tables, String name, String kind) {
        if (!name.startsWith("(")) { // a subselect is none
            tables.putIfAbsent(name, kind);
        }
    }

    private static String kind(EntityPersister entity) {
        EntityMappingType root = entity.getRootEntityDescriptor();
        Class<?> type = root.getMappedJavaType().getJavaTypeClass();
        if (AnnotationUtils.findAnnotation(type, ReferenceEntity.class) != null) {
            return REFERENCE;
        }
        return AnnotationUtils.findAnnotation(type, SingleShard.class) != null ? SINGLE : SHARDED;
    }
}
