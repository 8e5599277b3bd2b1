package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Unary;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of one scalar, by the tensor that they belong to. Their memory is that of the scope in which they were made.
 */
public final class Gradients {
    private final Map<Tensor, Buffer> pending = new IdentityHashMap<>();
    private final Map<Tensor, Tensor> leaves = new IdentityHashMap<>();
    private final List<Tensor> order = new ArrayList<>();
    private final List<Tensor> results = new ArrayList<>(); // of operations, which keep theirs

    private final double loss;
    private final boolean ofInference;

    /**
     * Gradients of a backward pass.
     *
     * @param loss they are of, or 0 where it was not read
     * @param ofInference whether a network ran for inference, and none for training
     */
    Gradients(double loss, boolean ofInference) {
        this.loss = loss;
        this.ofInference = ofInference;
    }

    /** {@return whether the loss is known to be NaN or infinite} */
    public boolean ofLossThatIsNotFinite() {
        return !Double.isFinite(loss);
    }

    /** {@return whether they came through a network that ran for inference alone} */
    public boolean ofInference() {
        return ofInference;
    }

    /**
     * Zeros for each trainable parameter, to sum the gradients of several small batches in.
     *
     * @param parameters of which those that are trained count
     * @return the zeros
     */
    public static Gradients zeros(Collection<Parameter> parameters) {
        Gradients g = new Gradients(0, false);
        for (Parameter p : parameters) {
            if (p.trainable() && !g.has(p)) {
                g.putLeaf(p, Tensor.zeros(p.device(), p.shape()));
            }
        }
        return g;
    }

    /**
     * Gradient for one tensor, of its shape.
     *
     * @param leaf a parameter, an input that asked for a gradient, or a result that {@linkplain Tensor#keepGradient() keeps} its own
     * @return the gradient itself, not a copy
     * @throws IllegalArgumentException when the loss does not depend on it or it wants no gradient
     */
    public Tensor of(Tensor leaf) {
        Tensor g = leaves.get(leaf);
        if (g == null) {
            throw new IllegalArgumentException("[gradients] there is none for " + leaf.describe()
                    + ": the loss does not depend on it, or it does not want one");
        }
        return g;
    }

    /**
     * {@return whether there is a gradient for this tensor}
     *
     * @param leaf a parameter, or an input
     */
    public boolean has(Tensor leaf) {
        return leaves.containsKey(leaf);
    }

    /** {@return the tensors that have a gradient here, in a fixed order} */
    public List<Tensor> leaves() {
        return List.copyOf(order);
    }

    /**
     * Adds the gradients of another pass, which may lack some.
     *
     * @param other left as they are
     */
    public void add(Gradients other) {
        for (Tensor leaf : other.order) {
            Backend b = leaf.device().backend();
            b.axpby(of(leaf).buffer(), 1, other.of(leaf).buffer(), 1);
        }
    }

    /**
     * Multiplies every gradient.
     *
     * @param alpha the factor
     */
    public void scale(float alpha) {
        for (Tensor leaf : order) {
            Buffer g = of(leaf).buffer();
            leaf.device().backend().unary(g, g, Unary.affine(alpha, 0));
        }
    }

    /** {@return the Euclidean norm of all gradients taken as one vector; reading it waits for the device} */
    public double norm() {
        if (order.isEmpty()) {
            return 0;
        }
        double[] sum = new double[1];
        withSumOfSquares((b, squares) -> sum[0] = b.readScalar(squares));
        return Math.sqrt(sum[0]);
    }

    /**
     * Scales all gradients by {@code min(1, most / norm)}, without waiting for the device.
     *
     * @param most the norm that is left alone, above 0
     * @see <a href="https://arxiv.org/abs/1211.5063">Pascanu et al. 2013</a>
     */
    public void clipByNorm(double most) {
        if (!(most > 0)) {
            throw new IllegalArgumentException("[gradients] the norm to clip at must be above 0, got " + most);
        }
        if (order.isEmpty()) {
            return;
        }
        withSumOfSquares((b, factor) -> {
            b.clipFactor(factor, factor, (float) most);
            for (Tensor leaf : order) {
                Buffer g = of(leaf).buffer();
                b.scaleBy(g, g, factor);
            }
        });
    }

    /**
     * Limits every element of every gradient to {@code [-most, most]}; a NaN stays.
     *
     * @param most above 0
     */
    public void clipByValue(float most) {
        if (!(most > 0)) {
            throw new IllegalArgumentException("[gradients] the value to clip at must be above 0, got " + most);
        }
        Unary limit = new Unary(Unary.Kind.CLAMP, -most, most);
        for (Tensor leaf : order) {
            Buffer g = of(leaf).buffer();
            leaf.device().backend().unary(g, g, limit);
        }
    }

    /** Lends the sum of the squares of all elements to a kernel; the gradients of one scalar are all of one device. */
    private void withSumOfSquares(BiConsumer<Backend, Buffer> kernel) {
        Backend b = order.getFirst().device().backend();
        Buffer total = b.allocate(1);
        try {
            b.fill(total, 0);
            addSquares(b, total);
            kernel.accept(b, total);
        } finally {
            b.release(total);
        }
    }

    private void addSquares(Backend b, Buffer total) {
        Buffer square = b.allocate(1);
        try {
            for (Tensor leaf : order) {
                Buffer g = of(leaf).buffer();
                b.reduce(square, g, Reduction.SUM_OF_SQUARES, ReduceShape.all(g.size()));
                b.axpby(total, 1, square, 1);
            }
        } finally {
            b.release(square);
        }
    }

    @Nullable
    Buffer find(Tensor t) {
        return pending.get(t);
    }

    void put(Tensor t, Buffer gradient) {
        pending.put(t, gradient);
        if (t.isLeaf()) {
            order.add(t);
        }
    }

    /** Gives back what was collected for a tensor, unless that keeps it. */
    void finished(Tensor t) {
        if (t.keepsGradient()) {
            results.add(t);
        } else {
            release(t);
        }
    }

    private void release(Tensor t) {
        Buffer b = pending.remove(t);
        if (b != null) {
            t.device().backend().release(b);
        }
    }

    void releasePending() {
        List.copyOf(pending.keySet()).forEach(this::release);
    }

    /** Hands the remaining buffers, which belong to leaves and results that keep theirs, to the current scope. */
    Gradients intoScope() {
        Stream.concat(order.stream(), results.stream())
                .filter(pending::containsKey)
                .forEach(this::intoScope);
        return this;
    }

    /** {@return the gradient of a leaf that is complete, which the current scope has from now on} */
    Tensor intoScope(Tensor t) {
        Tensor gradient = new Tensor(t.device(), t.shape(), Objects.requireNonNull(pending.remove(t)));
        leaves.put(t, gradient);
        return gradient;
    }

    private void putLeaf(Tensor leaf, Tensor gradient) {
        order.add(leaf);
        leaves.put(leaf, gradient);
    }
}
