package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import org.jspecify.annotations.Nullable;

/** The three passes of a convolution; arguments as in {@link dev.aorta.backend.Backend}, without the mask of a fused ReLU. */
interface Convolutions {
    void forward(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s);

    void gradInput(Buffer dx, Buffer dy, Buffer w, @Nullable Buffer bias, ConvShape s);

    void gradWeight(Buffer dw, Buffer dy, Buffer x, ConvShape s);
}
