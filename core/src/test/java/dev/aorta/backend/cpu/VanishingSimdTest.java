package dev.aorta.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.RowShape;
import dev.aorta.backend.cpu.element.Losses;
import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.ForcedWidth;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.cpu.winograd.ImageParts;
import dev.aorta.backend.cpu.winograd.Winograd;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Gradients that vanish become 0 and not subnormal numbers, which cost a hundred times as much. */
@ExtendWith(ForcedWidth.class)
class VanishingSimdTest {
    private static final long SEED = Long.getLong("aorta.test.seed", 20_261_130L);
    private static final float SMALLEST = 0x1p-94f;

    private final Random random = new Random(SEED);

    @Test
    void ofLossesThatAreNearlyNothing() {
        for (int classes : new int[] {2, 5}) {
            int rows = 4096;
            float[] logits = new float[rows * classes];
            float[] labels = new float[rows];
            for (int r = 0; r < rows; r++) {
                labels[r] = random.nextInt(classes);
                logits[r * classes + (int) labels[r]] = 100 * random.nextFloat();
            }
            RowShape s = new RowShape(rows, classes);
            float[] grad = new float[logits.length];
            try (Parallel parallel = new Parallel(1)) {
                for (float focus : new float[] {0, 2}) {
                    Losses.focal(parallel, new float[1], grad, logits, labels, null, focus, s);
                    check(classes + " classes, focus " + focus, grad);
                }
                Losses.dice(parallel, new float[1], grad, logits, labels, 1, 1, s);
                check("dice of " + classes + " classes", grad);
            }
        }
    }

    @Test
    void ofConvolutions() {
        assumeTrue(Simd.BITS > 0, "scalar code has no Winograd kernels");
        ConvShape s = ConvShape.of("", Shape.of(1, 13, 18, 20), Shape.of(24, 3, 3, 20), Conv2dOptions.SAME);
        float[] dy = new float[s.output().size()];
        float[] w = new float[s.weight().size()];
        for (int i = 0; i < dy.length; i++) {
            dy[i] = (float) (random.nextGaussian() * Math.pow(10, -25 - 12 * random.nextFloat()));
        }
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) random.nextGaussian() / 100;
        }
        float[] dx = new float[s.input().size()];
        try (Parallel parallel = new Parallel(1)) {
            Winograd.gradInput(
                    new Workspace(parallel, new BufferPool()),
                    ImageParts.whole(dx, s.inC()),
                    new Gradient(dy, null),
                    w,
                    null,
                    s);
        }
        check(s.toString(), dx);
    }

    private static void check(String what, float[] gradient) {
        int zeros = 0;
        for (int i = 0; i < gradient.length; i++) {
            zeros += gradient[i] == 0 ? 1 : 0;
            assertThat(gradient[i] == 0 || Math.abs(gradient[i]) >= SMALLEST)
                    .as("seed %d, %s, element %d: %s is 0 or at least 2^-94", SEED, what, i, gradient[i])
                    .isTrue();
        }
        assertThat(zeros).as(what + ": zeros").isBetween(1, gradient.length - 1);
    }
}
