package dev.aorta.cuda;

import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Unary;
import java.util.Map;

/** Element by element; see pointwise.cu. */
final class Pointwise {
    private static final Map<Unary.Kind, String> UNARY = Kernels.names(Unary.Kind.class, "unary_%s");
    private static final Map<Unary.Kind, String> UNARY_GRAD = Kernels.names(Unary.Kind.class, "unary_%s_grad");
    private static final Map<Binary, String> BINARY = Kernels.names(Binary.class, "binary_%s");
    private static final Map<Binary, String> BINARY_GRAD_A = Kernels.names(Binary.class, "binary_%s_grad_a");
    private static final Map<Binary, String> BINARY_GRAD_B = Kernels.names(Binary.class, "binary_%s_grad_b");

    private final Launcher launcher;

    Pointwise(Launcher launcher) {
        this.launcher = launcher;
    }

    void fill(Buffer dst, float value) {
        int n = dst.size();
        launcher.kernel("fill").buffer(dst).f32(value).i32(n).runByEights(n);
    }

    void unary(Buffer y, Buffer x, Unary f) {
        int n = y.size();
        launcher.kernel(UNARY.get(f.kind())).buffer(CudaBuffer.like(y, x)).buffer(x);
        launcher.f32(f.a()).f32(f.b()).i32(n).runByEights(n);
    }

    void unaryGrad(Buffer dx, Buffer dy, Buffer x, Buffer y, Unary f) {
        int n = dx.size();
        launcher.kernel(UNARY_GRAD.get(f.kind()))
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy)
                .buffer(x)
                .buffer(y);
        launcher.f32(f.a()).f32(f.b()).i32(n).runByEights(n);
    }

    void binary(Buffer y, Buffer a, Buffer b, Binary f, Broadcast s) {
        Buffer result = CudaBuffer.like(y, a, b);
        Axes.of(s).forEach(part -> {
            launcher.kernel(BINARY.get(f)).buffer(result).buffer(a).buffer(b);
            walk(part);
        });
    }

    void binaryGrad(Buffer d, Buffer dy, Buffer a, Buffer b, boolean second, Binary f, Broadcast s) {
        Buffer result = CudaBuffer.like(d, dy);
        String kernel = (second ? BINARY_GRAD_B : BINARY_GRAD_A).get(f);
        Axes.of(s).forEach(part -> {
            launcher.kernel(kernel).buffer(result).buffer(dy).buffer(a).buffer(b);
            walk(part);
        });
    }

    private void walk(Axes part) {
        launcher.geometry(part).i32(part.first()).i32(part.size());
        launcher.run(part);
    }

    void scaleBy(Buffer dst, Buffer src, Buffer scalar) {
        int n = dst.size();
        launcher.kernel("scale_by")
                .buffer(CudaBuffer.like(dst, src))
                .buffer(src)
                .buffer(scalar);
        launcher.i32(n).runByEights(n);
    }

    void axpby(Buffer dst, float alpha, Buffer src, float beta) {
        int n = dst.size();
        launcher.kernel("axpby").buffer(dst).buffer(src);
        launcher.f32(alpha).f32(beta).i32(n).runByEights(n);
    }

    /** {@code dst = src} where {@code output} is above 0, and 0 elsewhere. */
    void mask(Buffer dst, Buffer src, Buffer output) {
        int n = dst.size();
        launcher.kernel("mask").buffer(dst).buffer(src).buffer(output);
        launcher.i32(n).runByEights(n);
    }

    /** {@code y += bias} (channels), then ReLU where asked. */
    void addBias(Buffer y, Buffer bias, boolean relu) {
        int n = y.size();
        launcher.kernel("bias_add").buffer(y).buffer(y).buffer(bias);
        launcher.flag(relu).i32(bias.size()).i32(n).runByEights(n);
    }

    void dropout(Buffer y, Buffer x, float rate, long seed) {
        int n = y.size();
        launcher.kernel("dropout").buffer(CudaBuffer.like(y, x)).buffer(x);
        launcher.f32(rate).i64(seed).i32(n).run(n);
    }
}
