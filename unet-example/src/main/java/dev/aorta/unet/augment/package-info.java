/** Random but reproducible changes to training images and their labels. */
@NullMarked
package dev.aorta.unet.augment;

import org.jspecify.annotations.NullMarked;
