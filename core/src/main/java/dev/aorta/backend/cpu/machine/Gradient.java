package dev.aorta.backend.cpu.machine;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of an output that a fused ReLU may have cut.
 *
 * @param dy gradient of the output
 * @param mask null, or the output of the ReLU: dy counts as 0 where it is not above 0
 */
public record Gradient(float[] dy, float @Nullable [] mask) {
    /** Calls a kernel that knows nothing of masks, with dy or with a copy of it that is 0 where it counts as 0. */
    public void cut(Workspace ws, Consumer<float[]> kernel) {
        if (mask == null) {
            kernel.accept(dy);
            return;
        }
        ws.lend(dy.length, copy -> {
            Chunks.run(ws.parallel(), dy.length, (from, to) -> Lanes.where(copy, mask, dy, from, to));
            kernel.accept(copy);
        });
    }

    /** Element i as it counts. */
    public float at(int i) {
        return mask == null || mask[i] > 0 ? dy[i] : 0;
    }
}
