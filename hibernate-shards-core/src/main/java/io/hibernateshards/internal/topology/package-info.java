/** Who owns which bucket: assignments of buckets to shards, and the bucket functions that ship. */
@NullMarked
package io.hibernateshards.internal.topology;

import org.jspecify.annotations.NullMarked;
