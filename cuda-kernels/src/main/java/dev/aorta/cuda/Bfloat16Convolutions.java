package dev.aorta.cuda;

import static dev.aorta.cuda.CudaBuffer.Storage.BFLOAT16;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions that want images, weights and a fused bias all in bfloat16. What is float32, as the weights that the optimiser
 * keeps, is copied for them; a result is widened where its buffer is float32, as the gradient of a weight.
 */
final class Bfloat16Convolutions implements Convolutions {
    private final Convolutions narrow;
    private final Conversion conversion;

    Bfloat16Convolutions(Convolutions narrow, Conversion conversion) {
        this.narrow = narrow;
        this.conversion = conversion;
    }

    @Override
    public void forward(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        CudaBuffer room = conversion.room(BFLOAT16, y);
        CudaBuffer nx = conversion.as(BFLOAT16, x);
        CudaBuffer nw = conversion.as(BFLOAT16, w);
        if (bias == null) {
            narrow.forward(room, nx, nw, null, relu, s);
        } else {
            CudaBuffer nBias = conversion.as(BFLOAT16, bias);
            narrow.forward(room, nx, nw, nBias, relu, s);
            conversion.done(nBias, bias);
        }
        conversion.written(room, y);
        conversion.done(nx, x);
        conversion.done(nw, w);
    }

    @Override
    public void gradInput(Buffer dx, Buffer dy, Buffer w, @Nullable Buffer bias, ConvShape s) {
        CudaBuffer room = conversion.room(BFLOAT16, dx);
        CudaBuffer ndy = conversion.as(BFLOAT16, dy);
        CudaBuffer nw = conversion.as(BFLOAT16, w);
        narrow.gradInput(room, ndy, nw, bias, s);
        conversion.written(room, dx);
        conversion.done(ndy, dy);
        conversion.done(nw, w);
    }

    @Override
    public void gradWeight(Buffer dw, Buffer dy, Buffer x, ConvShape s) {
        CudaBuffer room = conversion.room(BFLOAT16, dw);
        CudaBuffer ndy = conversion.as(BFLOAT16, dy);
        CudaBuffer nx = conversion.as(BFLOAT16, x);
        narrow.gradWeight(room, ndy, nx, s);
        conversion.written(room, dw);
        conversion.done(ndy, dy);
        conversion.done(nx, x);
    }
}
