package io.hibernateshards.integration;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs on every layout of shards. */
@ParameterizedClass(name = "{0}")
@EnumSource(ShopLayout.class)
abstract class EveryLayoutTest extends ShopTest {}
