/** The command line: one class for each command, each thin. */
@NullMarked
package dev.aorta.unet.cli;

import org.jspecify.annotations.NullMarked;
