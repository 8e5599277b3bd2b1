/** The application as a server: images in, masks with their areas and doubts out, and a page for a person. */
@NullMarked
package dev.aorta.unet.serve;

import org.jspecify.annotations.NullMarked;
