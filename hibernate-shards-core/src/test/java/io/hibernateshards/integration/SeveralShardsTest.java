package io.hibernateshards.integration;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Runs on every layout that has another shard to be wrong about. */
@ParameterizedClass(name = "{0}")
@EnumSource(value = ShopLayout.class, mode = Mode.EXCLUDE, names = "ONE_SHARD")
abstract class SeveralShardsTest extends ShopTest {}
