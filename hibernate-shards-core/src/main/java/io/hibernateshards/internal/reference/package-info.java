/** Reference entities: what a transaction writes of one shard's copy is written to all others', and copies can be compared. */
@org.jspecify.annotations.NullMarked
package io.hibernateshards.internal.reference;
