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
    private final MemoryPool pool;

    Bfloat16Convolutions(Convolutions narrow, Conversion conversion, MemoryPool pool) {
        this.narrow = narrow;
        this.conversion = conversion;
        this.pool = pool;
    }

    @Override
    public void forward(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        try (var scratch = new Scratch(pool)) {
            CudaBuffer room = conversion.room(BFLOAT16, y, scratch);
            narrow.forward(
                    room,
                    conversion.as(BFLOAT16, x, scratch),
                    conversion.as(BFLOAT16, w, scratch),
                    bias == null ? null : conversion.as(BFLOAT16, bias, scratch),
                    relu,
                    s);
            conversion.written(room, y);
        }
    }

    @Override
    public void gradInput(Buffer dx, Buffer dy, Buffer w, @Nullable Buffer bias, ConvShape s) {
        try (var scratch = new Scratch(pool)) {
            CudaBuffer room = conversion.room(BFLOAT16, dx, scratch);
            narrow.gradInput(room, conversion.as(BFLOAT16, dy, scratch), conversion.as(BFLOAT16, w, scratch), bias, s);
            conversion.written(room, dx);
        }
    }

    @Override
    public void gradWeight(Buffer dw, Buffer dy, Buffer x, ConvShape s) {
        try (var scratch = new Scratch(pool)) {
            CudaBuffer room = conversion.room(BFLOAT16, dw, scratch);
            narrow.gradWeight(room, conversion.as(BFLOAT16, dy, scratch), conversion.as(BFLOAT16, x, scratch), s);
            conversion.written(room, dw);
        }
    }
}
