package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.op.Op;
import dev.aorta.warn.Warning;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a thread's scopes in the order in which they ran, which is a topological order; walked backwards, it gives
 * the gradients (reverse-mode automatic differentiation). A backward pass takes off the tape what it used, and leaves the rest
 * for other losses.
 *
 * @see <a href="https://arxiv.org/abs/1502.05767">Baydin et al. 2018: Automatic differentiation in machine learning, a
 *     survey</a>
 */
public final class Tape {
    private static final class Node {
        final long number;
        final Op op;
        final Tensor[] inputs;
        final Tensor output;
        final Op.Call call;
        boolean used;

        Node(long number, Op op, Tensor[] inputs, Tensor output, Op.Call call) {
            this.number = number;
            this.op = op;
            this.inputs = inputs;
            this.output = output;
            this.call = call;
        }
    }

    private final List<Node> nodes = new ArrayList<>(); // by number
    private long next;

    private int running; // networks inside one another
    private int predictions; // forward passes for inference since the last backward pass
    private int trainings; // and for training
    private int backwards;

    Tape() {}

    void networkBegins(boolean training, Scope scope) {
        if (running++ > 0) {
            return;
        }
        if (training) {
            trainings++;
        } else if (++predictions == 2 && trainings == 0) {
            Warning.RECORDED_PREDICTIONS.say(
                    "predictions in " + scope + " are recorded for a backward() that does not come, and"
                            + " keep their memory: predict inside try (Scope _ = Scope.noGrad()) { .. }");
        }
    }

    void networkEnds() {
        running--;
    }

    /** The operation whose result a tensor is, if that was recorded here last. */
    @Nullable
    Op lastOp(Tensor result) {
        return !nodes.isEmpty() && nodes.getLast().output == result ? nodes.getLast().op : null;
    }

    /** The number of the next node: what is recorded from now on has this one or a higher one. */
    long mark() {
        return next;
    }

    /** The recorded operations, first to last. */
    Stream<Op> ops() {
        return nodes.stream().map(n -> n.op);
    }

    /** What was recorded from {@code mark} on, first to last. */
    List<Scope.Traced> trace(long mark) {
        List<Scope.Traced> trace = new ArrayList<>();
        for (Node node : nodes) {
            if (node.number >= mark) {
                List<Scope.Operand> inputs = new ArrayList<>();
                for (int i = 0; i < node.inputs.length; i++) {
                    inputs.add(new Scope.Operand(node.inputs[i], node.call.in()[i]));
                }
                trace.add(new Scope.Traced(node.op, inputs, node.output));
            }
        }
        return trace;
    }

    void record(Op op, Tensor[] inputs, Tensor output, Op.Call call) {
        nodes.add(new Node(next++, op, inputs, output, call));
        output.recordedOn(this);
        output.hold(this);
        for (Tensor input : inputs) {
            input.hold(this);
        }
    }

    /** Whether the tensor is the output of a node from {@code mark} on. */
    boolean recordedSince(long mark, Tensor tensor) {
        for (int i = nodes.size() - 1; i >= 0 && nodes.get(i).number >= mark; i--) {
            if (nodes.get(i).output == tensor) {
                return true;
            }
        }
        return false;
    }

    /** Forgets the nodes from {@code mark} on and gives back what they alone held. */
    void truncate(long mark) {
        predictions = 0;
        while (!nodes.isEmpty() && nodes.getLast().number >= mark) {
            letGo(nodes.removeLast());
        }
    }

    /**
     * Gradients of a scalar for every leaf that wants one. The nodes that led to it go, those before {@code mark} excepted; a
     * tensor is freed once no node needs it, unless it was kept. A failure, such as a full device, gives back what was allocated
     * here.
     *
     * @param complete told of each leaf and its gradient once no node is left that adds to it, or null
     * @throws IllegalStateException when a part of the history is gone, before anything was changed
     */
    Gradients backward(Tensor loss, long mark, @Nullable BiConsumer<Tensor, Tensor> complete) {
        List<Node> path = path(loss);
        loss.keep();
        Gradients gradients = new Gradients(lossToWatch(loss), predictions > 0 && trainings == 0);
        predictions = 0;
        trainings = 0;
        try {
            walk(path, loss, mark, gradients, complete);
            return gradients.intoScope();
        } catch (RuntimeException | Error e) {
            gradients.releasePending();
            throw e;
        } finally {
            nodes.removeIf(n -> n.used);
        }
    }

    /** The value of the loss, or 0 where asking would have a device wait too often. */
    private double lossToWatch(Tensor loss) {
        return loss.device().backend().collected() || ++backwards % 100 == 0 ? loss.item() : 0;
    }

    /** The nodes that the loss depends on, last to first. */
    private List<Node> path(Tensor loss) {
        Set<Tensor> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
        wanted.add(loss);
        List<Node> path = new ArrayList<>();
        for (Node node : nodes.reversed()) {
            if (wanted.remove(node.output)) {
                path.add(node);
                for (Tensor input : node.inputs) {
                    if (input.hasGradient() && !input.isLeaf()) {
                        wanted.add(input);
                    }
                }
            }
        }
        if (wanted.contains(loss)) {
            throw new IllegalStateException(
                    "[backward] nothing that leads to this loss was recorded, or backward() already"
                            + " ran: compute the loss from parameters inside a Scope.open() and call backward() once,"
                            + " or backwardKeepingHistory() before");
        }
        if (!wanted.isEmpty()) {
            throw new IllegalStateException(
                    "[backward] the loss depends on "
                            + wanted.iterator().next().describe()
                            + ", whose history is gone: backward() already ran for it, or it was recorded around a noGrad(); compute"
                            + " it again, call backwardKeepingHistory() the first time, or detach() it to take it as a constant");
        }
        return path;
    }

    private void walk(
            List<Node> path,
            Tensor loss,
            long mark,
            Gradients gradients,
            @Nullable BiConsumer<Tensor, Tensor> complete) {
        Map<Tensor, Integer> uses = complete == null ? Map.of() : leafUses(path);
        Backend backend = loss.device().backend();
        Buffer one = backend.allocate(1);
        gradients.put(loss, one);
        backend.fill(one, 1);
        for (Node node : path) {
            propagate(node, Objects.requireNonNull(gradients.find(node.output)), gradients);
            gradients.finished(node.output);
            if (complete != null) {
                for (Tensor input : node.inputs) {
                    if (isWantedLeaf(input) && uses.merge(input, -1, Integer::sum) == 0) {
                        complete.accept(input, gradients.intoScope(input));
                    }
                }
            }
            if (node.number >= mark) {
                node.used = true;
                letGo(node);
            }
        }
    }

    /** How often nodes use each leaf that wants a gradient. */
    private static Map<Tensor, Integer> leafUses(List<Node> path) {
        Map<Tensor, Integer> uses = new IdentityHashMap<>();
        for (Node node : path) {
            for (Tensor input : node.inputs) {
                if (isWantedLeaf(input)) {
                    uses.merge(input, 1, Integer::sum);
                }
            }
        }
        return uses;
    }

    private static boolean isWantedLeaf(Tensor input) {
        return input.isLeaf() && input.hasGradient();
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

    private void letGo(Node node) {
        for (Buffer saved : node.call.saved()) {
            node.call.backend().release(saved);
        }
        node.output.letGo(this);
        for (Tensor input : node.inputs) {
            input.letGo(this);
        }
    }
}
