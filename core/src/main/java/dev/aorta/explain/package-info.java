/**
 * Why a network answered as it did, and how sure it was: for any {@link dev.aorta.nn.Layer}, of this library or from an ONNX file,
 * whose samples in a batch do not influence one another. Nothing here changes a network.
 */
@NullMarked
package dev.aorta.explain;

import org.jspecify.annotations.NullMarked;
