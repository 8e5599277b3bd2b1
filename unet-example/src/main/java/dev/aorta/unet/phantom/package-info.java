/** A simulated cardiac MRI scanner: short-axis slices of imagined patients with their labels, for training without patient data. */
@NullMarked
package dev.aorta.unet.phantom;

import org.jspecify.annotations.NullMarked;
