package dev.aorta.unet.train;

import dev.aorta.unet.augment.Augmentation;

/** The augmentations that the command line knows. */
public enum AugmentName {
    /** Slices as they are. */
    NONE,
    /** {@link Augmentation#standard}. */
    STANDARD,
    /** {@link Augmentation#upright}. */
    UPRIGHT;

    Augmentation augmentation() {
        return switch (this) {
            case NONE -> Augmentation.none();
            case STANDARD -> Augmentation.standard();
            case UPRIGHT -> Augmentation.upright();
        };
    }
}
