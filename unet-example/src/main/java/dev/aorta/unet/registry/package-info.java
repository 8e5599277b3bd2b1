/** Models that are kept: versions with aliases and tags, the log of what was done with them, their cards and bills of materials. */
@NullMarked
package dev.aorta.unet.registry;

import org.jspecify.annotations.NullMarked;
