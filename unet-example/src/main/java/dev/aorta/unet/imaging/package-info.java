/** Medical images, expert contours, pictures of both, and the Sunnybrook data: what stands between the hospital's files and the network. */
@NullMarked
package dev.aorta.unet.imaging;

import org.jspecify.annotations.NullMarked;
