package dev.aorta.unet.explain;

import java.util.Locale;

/** A map that explains a mask. */
public enum Method {
    /** {@link dev.aorta.explain.GradCam} of the mask's pixels. */
    GRADCAM("Grad-CAM", "where the layer's features speak for the mask (Seg-Grad-CAM)"),
    /** {@link dev.aorta.explain.IntegratedGradients} from the blurred image. */
    INTEGRATED("Integrated gradients", "what each pixel contributes to the score, against the same slice blurred"),
    /** {@link dev.aorta.explain.SmoothGrad}. */
    SMOOTHGRAD("SmoothGrad", "how the score changes with each pixel's brightness, averaged over noise"),
    /** {@link dev.aorta.explain.Occlusion}. */
    OCCLUSION("Occlusion", "by how much the score falls when the place is covered"),
    /** {@link dev.aorta.explain.Uncertainty}. */
    UNCERTAINTY("Uncertainty", "entropy of several predictions: 0 is sure, 1 is a guess");

    private final String title;
    private final String meaning;

    Method(String title, String meaning) {
        this.title = title;
        this.meaning = meaning;
    }

    /** The usual name. */
    public String title() {
        return title;
    }

    /** What the map shows. */
    public String meaning() {
        return meaning;
    }

    /** As files and options call it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
