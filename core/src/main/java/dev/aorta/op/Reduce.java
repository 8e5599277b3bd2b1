package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Unary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reduction over some axes; {@link Reduction} has the formulas. Input: x. Of several largest or smallest elements each gets an
 * equal share of the gradient.
 *
 * @param f the function
 * @param input shape of the input
 * @param kept shape of the result with every reduced axis kept as 1
 * @param outputShape shape of the result, with the reduced axes or without
 */
public record Reduce(Reduction f, Shape input, Shape kept, Shape outputShape) implements Op {
    @Override
    public String name() {
        return f.label();
    }

    @Override
    public boolean differentiable() {
        return f != Reduction.ARGMAX && f != Reduction.ARGMIN;
    }

    @Override
    public void forward(Call c) {
        run(c.backend(), f, c.out(), c.in()[0], runs(input, kept));
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Buffer d = dx[0];
        if (d == null) {
            return;
        }
        Backend backend = c.backend();
        Buffer x = c.in()[0];
        Broadcast s = Broadcast.of(name(), input, kept);
        switch (f) {
            case SUM -> backend.copy(d, dy, Expand.copy(kept, input));
            case MEAN -> {
                backend.copy(d, dy, Expand.copy(kept, input));
                backend.unary(d, d, Unary.affine((float) kept.size() / input.size(), 0));
            }
            case SUM_OF_SQUARES -> {
                backend.binary(d, x, dy, Binary.MUL, s);
                backend.unary(d, d, Unary.affine(2, 0));
            }
            case LOG_SUM_EXP -> {
                backend.binary(d, x, c.out(), Binary.SUB, s);
                backend.unary(d, d, Unary.of(Unary.Kind.EXP));
                backend.binary(d, d, dy, Binary.MUL, s);
            }
            case MAX, MIN -> {
                backend.binary(d, x, c.out(), Binary.EQUAL, s);
                try (Temporary share = Temporary.of(backend, kept.size())) {
                    run(backend, Reduction.SUM, share.buffer(), d, runs(input, kept));
                    backend.binary(share.buffer(), dy, share.buffer(), Binary.DIV, Broadcast.same(kept));
                    backend.binary(d, d, share.buffer(), Binary.MUL, s);
                }
            }
            case ARGMAX, ARGMIN -> throw new IllegalStateException("[" + name() + "] has no gradient");
        }
    }

    /** Sums what is of the shape {@code from} over the axes that {@code to} lacks or has as 1: the adjoint of broadcasting. */
    static void sumTo(Backend backend, Buffer dst, Shape to, Buffer src, Shape from) {
        run(backend, Reduction.SUM, dst, src, runs(from, to));
    }

    private static List<ReduceShape> runs(Shape from, Shape to) {
        boolean[] reduced = new boolean[from.rank()];
        int lacking = from.rank() - to.rank();
        for (int i = 0; i < reduced.length; i++) {
            reduced[i] = from.dim(i) > 1 && (i < lacking || to.dim(i - lacking) == 1);
        }
        List<ReduceShape> runs = ReduceShape.of(from, reduced);
        return runs.isEmpty() ? List.of(new ReduceShape(from.size(), 1, 1)) : runs;
    }

    private static void run(Backend backend, Reduction f, Buffer dst, Buffer src, List<ReduceShape> runs) {
        ReduceShape first = runs.getFirst();
        if (runs.size() == 1) {
            backend.reduce(dst, src, f, first);
            return;
        }
        Reduction next = f == Reduction.SUM_OF_SQUARES ? Reduction.SUM : f;
        try (Temporary part = Temporary.of(backend, first.outer() * first.inner())) {
            backend.reduce(part.buffer(), src, f, first);
            run(backend, next, dst, part.buffer(), runs.subList(1, runs.size()));
        }
    }
}
