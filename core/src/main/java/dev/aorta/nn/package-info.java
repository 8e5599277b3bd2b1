/** Layers: plain objects that map a tensor to a tensor and list their parameters. */
@NullMarked
package dev.aorta.nn;

import org.jspecify.annotations.NullMarked;
