package io.hibernateshards.internal.cache;

import io.hibernateshards.HotEntity;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.util.stream.Stream;
import org.hibernate.boot.registry.classloading.spi.ClassLoaderService;
import org.hibernate.boot.registry.classloading.spi.ClassLoadingException;
import org.hibernate.cache.cfg.spi.DomainDataRegionConfig;
import org.hibernate.cache.cfg.spi.EntityDataCachingConfig;
import org.hibernate.metamodel.model.domain.NavigableRole;
import org.jspecify.annotations.Nullable;

/** Finds {@link HotEntity} on what is cached in a region. */
final class HotEntities {
    private HotEntities() {}

    /**
     * The annotation of the entities of a region, or null.
     *
     * @throws ShardingException if they have different ones, or one that cannot be used
     */
    static @Nullable HotEntity of(DomainDataRegionConfig region, ClassLoaderService classes) {
        HotEntity found = null;
        String by = "";
        for (EntityDataCachingConfig hierarchy : region.getEntityCaching()) {
            for (String entity : Stream.concat(
                            Stream.of(hierarchy.getNavigableRole()), hierarchy.getCachedTypes().stream())
                    .map(NavigableRole::getFullPath)
                    .toList()) {
                HotEntity hot = annotation(entity, classes);
                if (hot != null && found != null && !hot.equals(found)) {
                    throw refusal(
                            region,
                            by + " and " + entity + " have different @HotEntity: make them alike, or give"
                                    + " one of them a region of its own");
                }
                if (hot != null) {
                    found = checked(hot, entity, region);
                    by = entity;
                }
            }
        }
        return found;
    }

    private static @Nullable HotEntity annotation(String entity, ClassLoaderService classes) {
        try {
            return classes.classForName(entity).getAnnotation(HotEntity.class);
        } catch (ClassLoadingException e) {
            return null; // a map, or an entity name that is no class
        }
    }

    private static HotEntity checked(HotEntity hot, String entity, DomainDataRegionConfig region) {
        if (hot.life() < 1 || hot.hotLife() < hot.life() || hot.maxEntries() < 0) {
            throw refusal(
                    region,
                    entity + " has " + hot + ": use a life of at least 1, a hotLife of at least that, and a"
                            + " maxEntries of at least 0");
        }
        return hot;
    }

    private static ShardingException refusal(DomainDataRegionConfig region, String what) {
        return new ShardingException(
                ShardErrorCode.CONFIGURATION, "region \"" + region.getRegionName() + "\": " + what);
    }
}
