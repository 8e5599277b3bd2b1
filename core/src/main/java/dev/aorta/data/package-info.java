/** Training data: TFRecord files, {@code tf.train.Example}, data sets and their loading. */
@NullMarked
package dev.aorta.data;

import org.jspecify.annotations.NullMarked;
