/** The two networks of the application: the U-Net, and the lab's own. */
@NullMarked
package dev.aorta.unet.model;

import org.jspecify.annotations.NullMarked;
