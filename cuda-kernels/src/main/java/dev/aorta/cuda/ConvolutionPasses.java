package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.cuda.CudaBuffer.Storage;
import org.jspecify.annotations.Nullable;

/** The convolutions of {@link dev.aorta.backend.Backend}: the storage of their results, fused ReLUs and gradients of biases. */
final class ConvolutionPasses {
    private final Convolutions convolutions;
    private final Pointwise pointwise;
    private final Reductions reductions;
    private final MemoryPool pool;
    private final Storage images;

    ConvolutionPasses(
            Convolutions convolutions,
            Pointwise pointwise,
            Reductions reductions,
            MemoryPool pool,
            CudaOptions.Math math) {
        this.convolutions = convolutions;
        this.pointwise = pointwise;
        this.reductions = reductions;
        this.pool = pool;
        images = math == CudaOptions.Math.BFLOAT16 ? Storage.BFLOAT16 : Storage.FLOAT32;
    }

    /** The result of a convolution: stored as images are in this mode, unless its buffer was used before. */
    private Buffer image(Buffer result) {
        return CudaBuffer.of(result).storedAs(images);
    }

    void forward(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        convolutions.forward(image(y), x, w, bias, relu, s);
    }

    void transposed(Buffer x, Buffer y, Buffer w, @Nullable Buffer bias, ConvShape s) {
        convolutions.gradInput(image(x), y, w, bias, s);
    }

    /** The mask is applied once for all, and the bias summed up on the way. */
    void gradient(
            @Nullable Buffer dx,
            @Nullable Buffer dw,
            @Nullable Buffer db,
            Masked masked,
            Buffer x,
            Buffer w,
            ConvShape s) {
        Buffer dy = masked.dy();
        Buffer output = masked.output();
        boolean cut = output != null && (dx != null || dw != null);
        try (var scratch = new Scratch(pool)) {
            Buffer gradient = cut ? scratch.take(dy.size(), CudaBuffer.of(dy).storage()) : dy;
            if (db != null) {
                reductions.biasGrad(db, cut ? gradient : null, dy, output);
            } else if (cut && output != null) {
                pointwise.mask(gradient, dy, output);
            }
            if (dx != null) {
                convolutions.gradInput(image(dx), gradient, w, null, s);
            }
            if (dw != null) {
                convolutions.gradWeight(dw, gradient, x, s);
            }
        }
    }
}
