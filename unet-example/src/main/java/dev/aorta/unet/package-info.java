/** The cardiac U-Net application. */
@NullMarked
package dev.aorta.unet;

import org.jspecify.annotations.NullMarked;
