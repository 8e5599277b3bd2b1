/** The page that shows a training: curves, scores, pictures and how it was made. */
@NullMarked
package dev.aorta.unet.report;

import org.jspecify.annotations.NullMarked;
