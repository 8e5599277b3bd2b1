package dev.aorta.unet.monitor;

import java.util.Locale;

/** What follows from the images of a window. */
public enum Verdict {
    /** No difference from the reference is shown. */
    FINE,
    /** A difference is shown; nothing says that masks have become worse. */
    WATCH,
    /** Masks have become worse, or without experts' masks the images are too different to trust that they have not. */
    RETRAIN;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
