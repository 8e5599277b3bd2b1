package dev.aorta.unet.phantom;

/** Signal of a balanced steady-state sequence at 1.5 T relative to blood; negative where fat's opposite phase makes it so. */
final class Tissue {
    static final double BLOOD = 1;
    static final double MYOCARDIUM = 0.37;
    static final double FAT = -0.95;
    static final double ORGAN_FAT = -0.62;
    static final double MUSCLE = 0.26;
    static final double LUNG = 0.045;
    static final double LIVER = 0.42;
    static final double SPLEEN = 0.4;
    static final double KIDNEY = 0.62;
    static final double MARROW = -0.35;
    static final double CORTICAL_BONE = 0.04;
    static final double CEREBROSPINAL_FLUID = 1.2;
    static final double BOWEL_WALL = 0.34;
    static final double AIR = 0;

    private Tissue() {}
}
