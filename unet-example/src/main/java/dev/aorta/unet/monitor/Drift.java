package dev.aorta.unet.monitor;

/**
 * A difference of a window from the reference, and how likely chance alone makes one as large.
 *
 * @param feature that was compared, {@code embedding} for the bottom of the network
 * @param test ks, rank, mean, psi or mmd
 * @param statistic how large the difference is
 * @param p of this test alone
 * @param adjusted p for all tests of the window together, by the method of Westfall and Young
 */
public record Drift(String feature, String test, double statistic, double p, double adjusted) {}
