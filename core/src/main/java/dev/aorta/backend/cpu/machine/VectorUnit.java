package dev.aorta.backend.cpu.machine;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import jdk.incubator.vector.FloatVector;

/** What this machine and this virtual machine can do, whatever {@link Simd} was told to use. */
final class VectorUnit {
    private static final String FLAG = "--add-modules jdk.incubator.vector";

    private VectorUnit() {}

    /** Why there is no use in vectors; empty where there is. */
    static String unusableBecause() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return "the Vector API is not enabled; start java with " + FLAG;
        }
        // Without the instruction, fma() is computed exactly by BigDecimal, some 500 times slower.
        String fma = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("UseFMA")
                .getValue();
        return Boolean.parseBoolean(fma) ? "" : "this machine has no fused multiply-add (UseFMA is " + fma + ")";
    }

    /** Why vectors of so many bits cannot be used; empty where they can. */
    static String lacksBecause(int bits) {
        String reason = unusableBecause();
        return reason.isEmpty() && bits > bits() ? "this machine has " + bits() + "-bit vectors" : reason;
    }

    /** Bits of the widest vector that the machine prefers; needs the Vector API. */
    static int bits() {
        return Preferred.BITS;
    }

    /** Apart, because loading this class needs the Vector API. */
    private static final class Preferred {
        static final int BITS = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
}
