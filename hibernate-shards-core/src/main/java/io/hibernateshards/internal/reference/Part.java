package io.hibernateshards.internal.reference;

import java.util.List;

/**
 * Rows of one inheritance tree that are to be made equal.
 *
 * @param tables of the tree
 * @param keys the ids
 */
record Part(List<ReferenceTable> tables, Keys keys) {}
