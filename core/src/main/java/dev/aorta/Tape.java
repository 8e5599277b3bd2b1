package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.op.Op;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a scope in the order in which they ran, which is a topological order; walked backwards, it gives the
 * gradients (reverse-mode automatic differentiation).
 *
 * @see <a href="https://arxiv.org/abs/1502.05767">Baydin et al. 2018: Automatic differentiation in machine learning, a
 *     survey</a>
 */
public final class Tape {
    private record Node(Op op, Tensor[] inputs, Tensor output, Op.Call call) {}

    private final List<Node> nodes = new ArrayList<>();

    Tape() {}

    int size() {
        return nodes.size();
    }

    void record(Op op, Tensor[] inputs, Tensor output, Op.Call call) {
        nodes.add(new Node(op, inputs, output, call));
    }

    /** Whether the tensor is the output of a node at or after {@code mark}. */
    boolean recordedSince(int mark, Tensor tensor) {
        for (int i = nodes.size() - 1; i >= mark; i--) {
            if (nodes.get(i).output == tensor) {
                return true;
            }
        }
        return false;
    }

    /** Forgets the nodes from {@code mark} on and gives back what they saved. */
    void truncate(int mark) {
        for (int i = nodes.size() - 1; i >= mark; i--) {
            releaseSaved(nodes.removeLast().call);
        }
    }

    /**
     * Gradients of a scalar for every leaf that wants one. Each activation is freed once its last reader has run, unless it was
     * kept; the tape is empty afterwards. A failure, such as a full device, gives back what was allocated here.
     */
    Gradients backward(Tensor loss) {
        if (!recordedSince(0, loss)) {
            throw new IllegalStateException(
                    "[backward] nothing that leads to this loss was recorded, or backward() already"
                            + " ran: compute the loss from parameters inside a Scope.open() and call backward() once");
        }
        Gradients gradients = new Gradients();
        try {
            walk(loss, gradients);
            return gradients.intoScope();
        } catch (RuntimeException | Error e) {
            gradients.releasePending();
            throw e;
        }
    }

    private void walk(Tensor loss, Gradients gradients) {
        Backend backend = loss.device().backend();
        Buffer one = backend.allocate(1);
        gradients.put(loss, one);
        backend.fill(one, 1);
        while (!nodes.isEmpty()) {
            Node node = nodes.getLast();
            Buffer dy = gradients.find(node.output);
            if (dy != null) {
                propagate(node, dy, gradients);
                gradients.release(node.output);
            }
            nodes.removeLast();
            releaseSaved(node.call);
            if (node.output != loss) {
                node.output.freeUnlessKept();
            }
        }
    }

    /** The one place where contributions are added up. */
    private static void propagate(Node node, Buffer dy, Gradients gradients) {
        Tensor[] inputs = node.inputs;
        Backend backend = node.call.backend();
        @Nullable Buffer[] dx = new Buffer[inputs.length];
        try {
            for (int i = 0; i < inputs.length; i++) {
                if (inputs[i].hasGradient()) {
                    dx[i] = backend.allocate(inputs[i].shape().size());
                }
            }
            node.op.backward(node.call, dy, dx);
            for (int i = 0; i < inputs.length; i++) {
                Buffer contribution = dx[i];
                if (contribution == null) {
                    continue;
                }
                Buffer sum = gradients.find(inputs[i]);
                if (sum == null) {
                    gradients.put(inputs[i], contribution);
                    dx[i] = null;
                } else {
                    backend.axpby(sum, 1, contribution, 1);
                }
            }
        } finally {
            for (Buffer added : dx) {
                if (added != null) {
                    backend.release(added);
                }
            }
        }
    }

    private static void releaseSaved(Op.Call call) {
        for (Buffer saved : call.saved()) {
            call.backend().release(saved);
        }
    }
}
