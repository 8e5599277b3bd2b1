package dev.aorta.backend.cpu.element;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.backend.cpu.machine.Parallel;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Tensors of almost 2^31 elements; skipped where the heap does not hold them, which {@code -Dtest.args=-Xmx12g} changes. */
class HugeTensorTest {
    private static final int ROWS = Integer.MAX_VALUE - 8;

    @Test
    void biasGradSeesTheLastRow() {
        long gigabytes = Runtime.getRuntime().maxMemory() >> 30;
        String reason = "8 GB of rows do not fit into a heap of " + gigabytes + " GB";
        if (gigabytes < 10) {
            System.out.println("HugeTensorTest skipped: " + reason);
        }
        Assumptions.assumeTrue(gigabytes >= 10, reason);
        float[] rows = new float[ROWS];
        rows[0] = 2;
        rows[ROWS - 1] = 1;
        float[] sum = new float[1];
        try (Parallel two = new Parallel(2)) {
            Reduce.biasGrad(two, sum, rows, null, ROWS, 1);
        }
        assertThat(sum).containsExactly(3);
    }
}
