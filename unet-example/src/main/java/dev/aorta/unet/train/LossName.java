package dev.aorta.unet.train;

import dev.aorta.loss.Loss;

/** The losses that the command line knows. */
public enum LossName {
    /** Softmax cross-entropy. */
    CE("ce", Loss.crossEntropy()),
    /** Soft Dice. */
    DICE("dice", Loss.dice()),
    /** The sum of both. */
    CE_DICE("ce+dice", Loss.crossEntropy().plus(Loss.dice())),
    /** Focal loss. */
    FOCAL("focal", Loss.focal()),
    /** Tversky loss that minds what is missed more than what is too much. */
    TVERSKY("tversky", Loss.tversky(0.3f, 0.7f));

    private final String text;
    private final Loss loss;

    LossName(String text, Loss loss) {
        this.text = text;
        this.loss = loss;
    }

    /** The loss itself. */
    public Loss loss() {
        return loss;
    }

    /** The loss of that name. */
    public static LossName of(String text) {
        for (LossName name : values()) {
            if (name.text.equals(text)) {
                return name;
            }
        }
        throw new IllegalArgumentException("unknown loss '" + text + "'; use ce, dice, ce+dice, focal or tversky");
    }

    @Override
    public String toString() {
        return text;
    }
}
