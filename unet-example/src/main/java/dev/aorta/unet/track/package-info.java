/** Trainings told to an MLflow server, without ever waiting for it. */
@NullMarked
package dev.aorta.unet.track;

import org.jspecify.annotations.NullMarked;
