package dev.aorta.nn;

import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.warn.Leaks;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A network for predictions, and its memory: any thread runs it, puts another in its place, or closes it, at any time. Runs that
 * are under way go on with the network that they began with, whose memory is given back when the last of them has ended.
 *
 * <pre>{@code
 * Model model = Model.of(() -> Onnx.load(file, device)); // or any other code that makes a network
 * int digit = model.run(network -> {
 *     Tensor scores = network.forward(Tensor.of(device, pixels, 1, 28, 28, 1), Pass.INFERENCE);
 *     return (int) scores.argmax().item();
 * });
 * model.replace(() -> Onnx.load(newer, device));
 * model.close();
 * }</pre>
 *
 * <p>One run uses all threads of the device as far as nobody else does. On {@code Device.cpu(1)} each uses its caller's thread alone,
 * which is what a service of many callers wants.
 */
public final class Model implements AutoCloseable {
    /**
     * Makes a network.
     *
     * @param <E> what fails, such as an IOException
     */
    @FunctionalInterface
    public interface Source<E extends Exception> {
        /**
         * {@return the network, all of whose tensors are made here}
         *
         * @throws E when it cannot be made
         */
        Layer make() throws E;
    }

    /** A network and who runs it; guarded by the model. */
    private static final class Running {
        private final Layer network;
        private final Scope memory;
        private int runs;
        private boolean retired;

        Running(Layer network, Scope memory) {
            this.network = network;
            this.memory = memory;
        }
    }

    private @Nullable Running current;

    private Model(Running first) {
        current = first;
        Leaks.opened(this);
    }

    /**
     * A model of the network that is made here; what is made has the lifetime of the model, whatever scopes are open.
     *
     * @param <E> what fails
     * @param source makes the network
     * @return the model, to be closed
     * @throws E when the network cannot be made; then nothing is left
     */
    public static <E extends Exception> Model of(Source<E> source) throws E {
        return new Model(make(source));
    }

    private static <E extends Exception> Running make(Source<E> source) throws E {
        Scope memory = Scope.noGrad("a model");
        boolean made = false;
        try {
            Running running = new Running(source.make(), memory);
            memory.detach();
            made = true;
            return running;
        } finally {
            if (!made) {
                memory.close();
            }
        }
    }

    /**
     * Runs the network in a scope of its own, without recording.
     *
     * @param <R> result
     * @param run reads what it wants of the results, which end with it; a tensor that it returns goes to the enclosing scope
     * @return what the run returns
     * @throws IllegalStateException when the model is closed
     */
    public <R> R run(Function<? super Layer, ? extends R> run) {
        Running running = begin();
        try (Scope scope = Scope.noGrad("Model.run")) {
            R result = run.apply(running.network);
            if (result instanceof Tensor t) {
                scope.keep(t);
            }
            return result;
        } finally {
            end(running);
        }
    }

    /**
     * Puts another network in the place of this one; if it cannot be made, the old one stays.
     *
     * @param <E> what fails
     * @param source makes the network
     * @throws E when the network cannot be made
     * @throws IllegalStateException when the model is closed
     */
    public <E extends Exception> void replace(Source<E> source) throws E {
        Running next = make(source);
        if (!exchange(next)) {
            next.memory.close();
            throw closed();
        }
    }

    /** Ends the model: who runs it now may finish. */
    @Override
    public void close() {
        Leaks.closed(this);
        exchange(null);
    }

    private synchronized Running begin() {
        if (current == null) {
            throw closed();
        }
        current.runs++;
        return current;
    }

    private void end(Running running) {
        boolean last;
        synchronized (this) {
            running.runs--;
            last = running.retired && running.runs == 0;
        }
        if (last) {
            running.memory.close();
        }
    }

    /** Whether there was a network to be exchanged. */
    private boolean exchange(@Nullable Running next) {
        Running old;
        boolean unused;
        synchronized (this) {
            old = current;
            if (old == null) {
                return false;
            }
            current = next;
            old.retired = true;
            unused = old.runs == 0;
        }
        if (unused) {
            old.memory.close();
        }
        return true;
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("[model] it is closed");
    }

    /** For example {@code Model of sequential1}. */
    @Override
    public synchronized String toString() {
        return "Model" + (current == null ? ", closed" : " of " + current.network.name());
    }
}
