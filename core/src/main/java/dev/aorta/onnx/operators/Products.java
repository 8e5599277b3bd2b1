package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Matrix products. */
final class Products {
    private Products() {}

    static List<Operator> rows() {
        return List.of(
                Operator.of("MatMul", "", c -> matmul(c, c.device(0), c.device(1), null))
                        .weights(0, 1),
                Operator.of(Fused.LINEAR, "", c -> matmul(c, c.device(0), c.device(1), c.device(2)))
                        .weights(1, 2),
                Operator.of("Gemm", "alpha beta broadcast transA transB", Products::gemm)
                        .weights(1, 2));
    }

    private static Value gemm(Call c) {
        DeviceValue a = c.integer("transA", 0) != 0 ? c.device(0).transpose(1, 0) : c.device(0);
        DeviceValue b = c.integer("transB", 0) != 0 ? c.device(1).transpose(1, 0) : c.device(1);
        if (a.rank() != 2 || b.rank() != 2 || a.dim(1) != b.dim(0)) {
            throw c.invalid(a + " and " + b + " do not fit");
        }
        c.limited(a.dim(0), b.dim(1));
        float alpha = c.real("alpha", 1);
        float beta = c.real("beta", 1);
        DeviceValue y = product(a, b);
        DeviceValue scaled = alpha == 1 ? y : y.map(t -> t.mul(alpha));
        if (!c.has(2) || beta == 0) {
            return scaled;
        }
        DeviceValue bias = c.device(2);
        Value sum = Arithmetic.add(c, scaled, beta == 1 ? bias : bias.map(t -> t.mul(beta)));
        if (!Arrays.equals(sum.dims(), y.dims())) {
            throw c.invalid(bias + " cannot be broadcast to " + y);
        }
        return sum;
    }

    /** The product of matrices; one that stands transposed in memory is used as it is. */
    private static DeviceValue product(DeviceValue a, DeviceValue b) {
        int[] dims = {a.dim(0), b.dim(1)};
        Tensor left = a.inOrder();
        boolean turned = b.position(0) == 1 && b.position(1) == 0;
        Tensor y = turned ? left.linear(b.tensor(), null) : left.matmul(b.inOrder());
        return a.like(y, dims, Dims.inOrder(2));
    }

    /** Vectors count as a row on the left and a column on the right; leading axes are a batch. */
    private static Value matmul(Call c, DeviceValue a, DeviceValue b, @Nullable DeviceValue bias) {
        if (a.rank() == 0 || b.rank() == 0) {
            throw c.invalid(a + " and " + b + " are no matrices");
        }
        DeviceValue left = a.rank() == 1 ? a.reshape(1, a.dim(0)) : a;
        DeviceValue right = b.rank() == 1 ? b.reshape(b.dim(0), 1) : b;
        int k = left.dim(left.rank() - 1);
        if (right.dim(right.rank() - 2) != k) {
            throw c.invalid(a + " and " + b + " do not fit");
        }
        int rows = left.dim(left.rank() - 2);
        int columns = right.dim(right.rank() - 1);
        int[] batch = Dims.broadcast(
                "MatMul", Arrays.copyOf(left.dims(), left.rank() - 2), Arrays.copyOf(right.dims(), right.rank() - 2));
        int[] dims = Arrays.copyOf(batch, batch.length + 2);
        dims[batch.length] = rows;
        dims[batch.length + 1] = columns;
        c.limited(dims);
        Value y;
        if (right.rank() == 2) {
            DeviceValue last = left.to(Dims.withLast(left.order(), left.rank() - 1));
            DeviceValue flat = last.like(last.raw(), new int[] {left.size() / k, k}, Dims.inOrder(2));
            y = last.like(product(flat, right).raw(), Dims.with(left.dims(), left.rank() - 1, columns), last.order());
        } else {
            y = a.like(left.inOrder().matmul(right.inOrder()), dims, Dims.inOrder(dims.length));
        }
        if (bias != null) {
            y = Arithmetic.add(c, y, bias);
        }
        return drop(y, a.rank() == 1, b.rank() == 1);
    }

    private static Value drop(Value y, boolean row, boolean column) {
        Value z = column ? y.reshape(Dims.replaced(y.dims(), y.rank() - 1)) : y;
        return row ? z.reshape(Dims.replaced(z.dims(), z.rank() - (column ? 1 : 2))) : z;
    }
}
