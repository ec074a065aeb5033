package io.hibernateshards;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Each room may use only those above it, so that a reader meets them in one order. */
@AnalyzeClasses(packages = "io.hibernateshards", importOptions = DoNotIncludeTests.class)
class RoomOrderTest {
    @ArchTest
    static final ArchRule ROOMS = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("io.hibernateshards..")
            .layer("api")
            .definedBy("io.hibernateshards")
            .layer("spi")
            .definedBy("io.hibernateshards.spi")
            .optionalLayer("topology")
            .definedBy("io.hibernateshards.internal.topology")
            .optionalLayer("mapping")
            .definedBy("io.hibernateshards.internal.mapping")
            .optionalLayer("route")
            .definedBy("io.hibernateshards.internal.route")
            .optionalLayer("id")
            .definedBy("io.hibernateshards.internal.id")
            .optionalLayer("guard")
            .definedBy("io.hibernateshards.internal.guard")
            .optionalLayer("connection")
            .definedBy("io.hibernateshards.internal.connection")
            .optionalLayer("schema")
            .definedBy("io.hibernateshards.internal.schema")
            .optionalLayer("transaction")
            .definedBy("io.hibernateshards.internal.transaction")
            .optionalLayer("target")
            .definedBy("io.hibernateshards.internal.target")
            .optionalLayer("plan")
            .definedBy("io.hibernateshards.internal.plan")
            .optionalLayer("scatter")
            .definedBy("io.hibernateshards.internal.scatter")
            .optionalLayer("session")
            .definedBy("io.hibernateshards.internal.session")
            .optionalLayer("boot")
            .definedBy("io.hibernateshards.boot")
            .whereLayer("api")
            .mayNotAccessAnyLayer()
            .whereLayer("spi")
            .mayOnlyAccessLayers("api")
            .whereLayer("topology")
            .mayOnlyAccessLayers("api", "spi")
            .whereLayer("mapping")
            .mayOnlyAccessLayers("api", "spi")
            .whereLayer("route")
            .mayOnlyAccessLayers("api", "spi", "topology", "mapping")
            .whereLayer("id")
            .mayOnlyAccessLayers("api", "spi", "topology", "mapping", "route")
            .whereLayer("guard")
            .mayOnlyAccessLayers("api", "spi", "mapping", "route")
            .whereLayer("connection")
            .mayOnlyAccessLayers("api", "spi", "topology")
            .whereLayer("schema")
            .mayOnlyAccessLayers("api", "spi", "topology", "mapping", "id", "connection")
            .whereLayer("transaction")
            .mayOnlyAccessLayers("api", "spi", "connection")
            .whereLayer("target")
            .mayOnlyAccessLayers("api", "spi", "mapping", "route")
            .whereLayer("plan")
            .mayOnlyAccessLayers("api", "spi", "target")
            .whereLayer("scatter")
            .mayOnlyAccessLayers("api", "spi", "mapping", "route", "target", "plan")
            .whereLayer("boot")
            .mayNotBeAccessedByAnyLayer();
}
