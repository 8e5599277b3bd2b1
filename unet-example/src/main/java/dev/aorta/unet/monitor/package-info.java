/** Whether what a model sees is still what it was validated on. */
@NullMarked
package dev.aorta.unet.monitor;

import org.jspecify.annotations.NullMarked;
