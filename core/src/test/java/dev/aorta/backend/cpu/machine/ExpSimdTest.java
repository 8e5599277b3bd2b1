package dev.aorta.backend.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class ExpSimdTest {
    private static float onePlusExpOfMinus(float x) {
        assumeTrue(Simd.BITS > 0, "no vector kernels");
        float[] vector = new float[Simd.LANES];
        Arrays.fill(vector, x);
        return ExpSimd.onePlusExpOfMinus(FloatVector.fromArray(Species.S, vector, 0))
                .lane(Simd.LANES - 1);
    }

    @Test
    void denominatorOfTheLogisticFunctionIsWithinItsStatedError() {
        double worst = 0;
        for (float x = -87.9f; x < 30; x += 1e-3f) {
            double exact = 1 + Math.exp(-x);
            worst = Math.max(worst, Math.abs(onePlusExpOfMinus(x) - exact) / exact);
        }
        assertThat(worst).isLessThan(2e-7);
    }

    @Test
    void denominatorOfTheLogisticFunctionAtTheExtremes() {
        for (float small : new float[] {-89, -1e9f, -1e30f, Float.NEGATIVE_INFINITY}) {
            assertThat(onePlusExpOfMinus(small)).as("%s", small).isEqualTo(Float.POSITIVE_INFINITY);
        }
        for (float large : new float[] {18, 88, 200, 1e9f, 1e30f, Float.POSITIVE_INFINITY}) {
            assertThat(onePlusExpOfMinus(large)).as("%s", large).isEqualTo(1);
        }
        assertThat(onePlusExpOfMinus(Float.NaN)).isNaN();
        assertThat(onePlusExpOfMinus(0)).isEqualTo(2);
    }
}
