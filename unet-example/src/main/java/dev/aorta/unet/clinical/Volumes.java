package dev.aorta.unet.clinical;

/**
 * A left ventricle's volumes.
 *
 * @param edv end-diastolic, ml; NaN where it is not known
 * @param esv end-systolic, ml; NaN where it is not known
 */
public record Volumes(double edv, double esv) {
    /** Of nobody knows what. */
    static final Volumes UNKNOWN = new Volumes(Double.NaN, Double.NaN);

    /** Stroke volume EDV − ESV, ml. */
    public double stroke() {
        return edv - esv;
    }

    /** Ejection fraction 100 · (EDV − ESV) / EDV, %; not a number where there is no volume. */
    public double ejection() {
        return 100 * (1 - esv / edv);
    }
}
