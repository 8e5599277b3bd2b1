package dev.aorta.onnx.export;

import dev.aorta.backend.Binary;
import dev.aorta.op.BinaryOp;
import dev.aorta.op.MatMul;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Products of matrices. */
final class Products {
    private final Lowering to;

    Products(Lowering to) {
        this.to = to;
    }

    void matmul(Step s, MatMul op) {
        Value a = s.in(0);
        Value b = s.in(1);
        if (b.rank() > 2) {
            String y = to.graph
                    .node("MatMul", to.in(a, Axes.identity(a.rank())), to.in(b, Axes.identity(b.rank())))
                    .out();
            to.place(s.output(), y, Axes.identity(s.output().rank()));
            return;
        }
        boolean linear = op.shape().transposeB();
        if (linear && to.isConstant(b) && isFlatImage(to.lazy(a))) {
            flatImage(s, a, b);
            return;
        }
        Placed rows = to.lastAxisLast(a);
        if (linear && rows.dims().size() == 2) {
            gemm(s, rows, to.in(b, 0, 1));
            return;
        }
        String right = linear ? to.in(b, 1, 0) : to.in(b, 0, 1);
        to.place(
                s.output(),
                product(s, rows, to.graph.node("MatMul", rows.name(), right).out()));
    }

    /** Where a product stands: as its left factor, but for the last axis. */
    private static Placed product(Step s, Placed rows, String name) {
        Value y = s.output();
        int last = rows.dims().size() - 1;
        List<int[]> dims = new ArrayList<>(rows.dims());
        dims.set(last, y.extent(y.rank() - 1));
        List<List<Integer>> groups = new ArrayList<>(rows.groups());
        groups.set(y.rank() - 1, y.isUnit(y.rank() - 1) ? List.of() : List.of(last));
        return new Placed(name, dims, groups);
    }

    private void gemm(Step s, Placed rows, String weight) {
        List<String> inputs = new ArrayList<>(List.of(rows.name(), weight));
        Step sum = bias(s);
        if (sum != null) {
            inputs.add(to.broadcast(sum.in(1), Axes.identity(s.output().rank()), true));
            to.skip(sum);
        }
        String y = to.graph
                .node("Gemm", inputs.toArray(String[]::new))
                .with("transB", 1)
                .out();
        to.place(s.output(), product(s, rows, y));
        if (sum != null) {
            to.place(sum.output(), to.lazy(s.output()));
        }
    }

    /** Whether the last axis is an image in another order than it stands, with all of it behind the other axes. */
    private static boolean isFlatImage(Placed a) {
        List<Integer> image = a.groups().getLast();
        List<Integer> sorted = image.stream().sorted().toList();
        List<Integer> all = new ArrayList<>(a.sequence(Axes.identity(a.groups().size() - 1)));
        all.addAll(sorted);
        return image.size() > 1 && !image.equals(sorted) && Placed.isAscending(all);
    }

    /** The columns of the weight are exchanged instead of the axes of the image. */
    private void flatImage(Step s, Value a, Value b) {
        Placed p = to.lazy(a);
        List<Integer> image = p.groups().getLast();
        List<Integer> sorted = image.stream().sorted().toList();
        List<List<Integer>> groups = new ArrayList<>(p.groups());
        groups.set(groups.size() - 1, sorted);
        int[] own = Axes.identity(a.rank());
        String rows = to.laidOut(new Placed(p.name(), p.stored(), p.dims(), groups), own, a.extents(own));
        int[] dims = IntStream.concat(
                        IntStream.of(b.shape().dim(0)),
                        image.stream().mapToInt(d -> p.dims().get(d)[0]))
                .toArray();
        int[] order = IntStream.concat(IntStream.of(0), sorted.stream().mapToInt(d -> 1 + image.indexOf(d)))
                .toArray();
        Value.Constant w = Objects.requireNonNull(b.constant());
        String weight = to.graph.floats(
                List.of(b, Arrays.toString(order)),
                w.name(),
                () -> Axes.permuted(w.values().getFirst().get(), dims, order),
                b.shape().dims());
        gemm(s, Placed.of(rows, a, own), weight);
    }

    /** The addition of a constant row that alone follows, or null. */
    private @Nullable Step bias(Step s) {
        Step next = to.program.onlyUser(s.output());
        boolean adds = next != null
                && next.op() instanceof BinaryOp sum
                && sum.f() == Binary.ADD
                && next.in(0) == s.output()
                && to.isConstant(next.in(1))
                && next.in(1).rank() > 0
                && next.in(1).rank() <= s.output().rank()
                && next.in(1).shape().dim(-1) == next.in(1).shape().size()
                && next.in(1).shape().size() == s.output().shape().dim(-1);
        return adds ? next : null;
    }
}
