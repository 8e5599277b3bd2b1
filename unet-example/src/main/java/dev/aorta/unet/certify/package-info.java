/** Whether a model meets requirements that were written down before, with the evidence to compute it again. */
@NullMarked
package dev.aorta.unet.certify;

import org.jspecify.annotations.NullMarked;
