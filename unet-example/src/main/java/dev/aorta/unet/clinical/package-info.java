/** What clinicians measure: volumes, ejection fraction, regions, and how well contours and numbers agree with an expert's. */
@NullMarked
package dev.aorta.unet.clinical;

import org.jspecify.annotations.NullMarked;
