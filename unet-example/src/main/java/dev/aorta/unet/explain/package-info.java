/** Why the network drew a contour where it did, and how sure it was. */
@NullMarked
package dev.aorta.unet.explain;

import org.jspecify.annotations.NullMarked;
