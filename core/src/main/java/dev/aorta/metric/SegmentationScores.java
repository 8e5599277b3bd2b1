package dev.aorta.metric;

/**
 * How good the masks of a set of images are. Scores are of the foreground classes (from 1 on) and averaged over them; an image
 * in which neither mask has the class counts with dice and IoU 1 (the smooth term of 1 makes it so), and an image in which only
 * one has it with nearly 0.
 *
 * @param images number of images
 * @param loss mean over images
 * @param dice mean over images of the hard Dice with smooth 1
 * @param iou mean over images of the hard intersection over union with smooth 1
 * @param accuracy share of right pixels, all images pooled
 * @param precision foreground, pooled; NaN when nothing was predicted
 * @param recall foreground, pooled; NaN when nothing was labelled
 * @param f1 foreground, pooled: the Dice of all pixels together; NaN when both are empty
 */
public record SegmentationScores(
        int images,
        double loss,
        double dice,
        double iou,
        double accuracy,
        double precision,
        double recall,
        double f1) {}
