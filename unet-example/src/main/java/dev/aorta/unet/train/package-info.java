/** Training and evaluation of the segmentation networks on folders of slices, and what a run leaves behind. */
@NullMarked
package dev.aorta.unet.train;

import org.jspecify.annotations.NullMarked;
