/**
 * Networks with the structure and the names of published ones, so that their weights load: each a record of its options that
 * makes a {@link dev.aorta.nn.Layer} from {@link dev.aorta.nn.Layers}.
 *
 * <p>It is a package of the core and no module of its own: the classes are short, need nothing that the core lacks, and one
 * dependency is enough to fine-tune a network.
 */
@NullMarked
package dev.aorta.zoo;

import org.jspecify.annotations.NullMarked;
