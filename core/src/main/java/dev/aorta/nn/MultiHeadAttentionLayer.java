package dev.aorta.nn;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Attention by several heads: {@code softmax(q k^T / sqrt(width / heads) + mask) v} of each head's share of the channels, side
 * by side and then through {@code output}; q, k and v are linear maps of the inputs. PyTorch's {@code MultiheadAttention}.
 *
 * @param name prefix of the parameters
 * @param query its weight is (width, width of the queries)
 * @param key its weight is (width, width of the context)
 * @param value its weight is (width, width of the context)
 * @param output its weight is (width, width)
 * @param heads divides the width
 * @param dropout of the attention weights
 * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al. 2017</a>
 */
public record MultiHeadAttentionLayer(
        String name,
        LinearLayer query,
        LinearLayer key,
        LinearLayer value,
        LinearLayer output,
        int heads,
        DropoutLayer dropout)
        implements Layer {

    /** Checks that the heads divide the width. */
    public MultiHeadAttentionLayer {
        int width = query.weight().shape().dim(0);
        if (heads < 1 || width % heads != 0) {
            throw new ShapeException("attention", name + ": " + heads + " heads do not divide the width " + width);
        }
    }

    /**
     * The same with dropout of the attention weights.
     *
     * @param rate share of the weights that become 0, from 0 to below 1
     * @return the layer, with the same parameters
     */
    public MultiHeadAttentionLayer withDropout(float rate) {
        return new MultiHeadAttentionLayer(
                name, query, key, value, output, heads, new DropoutLayer(dropout.name(), rate));
    }

    /**
     * A mask (length, length) that lets no position see a later one.
     *
     * @param device where it is used
     * @param length of the sequences
     * @return a new tensor, 0 up to the diagonal and {@code -infinity} beyond it
     */
    public static Tensor causalMask(Device device, int length) {
        float[] mask = new float[length * length];
        for (int from = 0; from < length; from++) {
            for (int to = from + 1; to < length; to++) {
                mask[from * length + to] = Float.NEGATIVE_INFINITY;
            }
        }
        return Tensor.of(device, mask, length, length);
    }

    /** Self-attention of a sequence (N, T, width), without a mask. */
    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return attend(x, x, null, pass);
    }

    /**
     * Attention of a sequence to another, or to itself.
     *
     * @param x (N, T, width)
     * @param context (N, S, width), which is looked at
     * @param mask added to the products, 0 where a position may look and {@code -infinity} where not; broadcast against (N,
     * heads, T, S), and no row of it all {@code -infinity}; or null
     * @param pass whether this is training, and of which step
     * @return (N, T, width)
     */
    public Tensor attend(Tensor x, Tensor context, @Nullable Tensor mask, Pass pass) {
        if (x.shape().rank() != 3 || context.shape().rank() != 3) {
            throw new ShapeException(
                    "attention",
                    name + ": needs sequences (N, T, C), got " + x.shape() + " and the context " + context.shape());
        }
        try (Temporaries temporaries = new Temporaries(pass)) {
            Tensor q = split(query.forward(x, pass));
            Tensor k = split(key.forward(context, pass));
            Tensor v = split(value.forward(context, pass));
            int share = q.shape().dim(-1);
            Tensor products = q.mul((float) (1 / Math.sqrt(share))).matmul(k.transpose(-2, -1));
            Tensor weights = (mask == null ? products : products.add(mask)).softmax();
            Tensor seen = dropout.forward(weights, pass).matmul(v).transpose(1, 2);
            Shape joined = Shape.of(seen.shape().dim(0), seen.shape().dim(1), heads * share);
            return temporaries.result(output.forward(seen.reshape(joined.dims()), pass));
        }
    }

    /** (N, T, width) to (N, heads, T, width / heads). */
    private Tensor split(Tensor x) {
        Shape s = x.shape();
        return x.reshape(s.dim(0), s.dim(1), heads, s.dim(2) / heads).transpose(1, 2);
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.of(query, key, value, output)
                .flatMap(l -> l.parameters().stream())
                .toList();
    }
}
