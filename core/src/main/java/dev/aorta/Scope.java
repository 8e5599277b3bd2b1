package dev.aorta;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lifetime of tensors: what is made while a scope is the innermost open one of its thread gives its memory back when the
 * scope closes.
 *
 * <pre>{@code
 * try (Scope step = Scope.open()) {
 *     Tensor loss = network.forward(images, pass).crossEntropy(labels);
 *     adam.step(loss.backward());
 * }
 * }</pre>
 *
 * <p>A scope also records operations on what has a gradient, for {@link Tensor#backward()}, unless it was opened by {@link
 * #noGrad()}. Without any open scope nothing is recorded, and memory is the garbage collector's (on the CPU) or the device's
 * until that is closed. Scopes belong to the thread that opened them and close in reverse order.
 */
public final class Scope implements AutoCloseable {
    private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();
    private static final StackWalker CALLERS = StackWalker.getInstance();

    private final Thread owner = Thread.currentThread();
    private final @Nullable Scope parent;
    private final @Nullable Tape tape;
    private final long mark;
    private final StackWalker.StackFrame opener;
    private final List<Tensor> tensors = new ArrayList<>();
    private boolean closed;

    private Scope(boolean recording) {
        parent = CURRENT.get();
        tape = !recording ? null : parent != null && parent.tape != null ? parent.tape : new Tape();
        mark = tape == null ? 0 : tape.mark();
        opener = CALLERS.walk(frames -> frames.filter(f -> !f.getClassName().equals(Scope.class.getName()))
                .findFirst()
                .orElseThrow());
        CURRENT.set(this);
    }

    /** Opens a scope that records operations for gradients. */
    public static Scope open() {
        return new Scope(true);
    }

    /** Opens a scope for inference: nothing is recorded. */
    public static Scope noGrad() {
        return new Scope(false);
    }

    /** Whether an operation on something with a gradient would be recorded now. */
    public static boolean recording() {
        Scope s = CURRENT.get();
        return s != null && s.tape != null;
    }

    /**
     * Moves a tensor to the enclosing scope, so that it outlives this one; where there is none it is left to the garbage
     * collector.
     *
     * @return the tensor
     * @throws IllegalStateException when the tensor was recorded inside this scope: its history ends here
     */
    public Tensor keep(Tensor tensor) {
        requireInnermost("keep");
        if (tape != null && tape.recordedSince(mark, tensor)) {
            throw new IllegalStateException("[scope] " + tensor.shape() + " was recorded in " + this
                    + " and cannot leave it: call backward() first, or open the scope with noGrad()");
        }
        if (tensors.remove(tensor) && parent != null) {
            parent.tensors.add(tensor);
        }
        return tensor;
    }

    /**
     * Gives the memory of this scope's tensors back; using one afterwards is an error.
     *
     * @throws IllegalStateException when an inner scope is open, when this is not the thread that opened it, or when another thread
     *     closed a device whose tensors are here; in the last case the scope is closed all the same
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        requireInnermost("close");
        closed = true;
        CURRENT.set(parent);
        Supplier<String> because = () -> this + " was closed";
        try {
            for (Tensor t : tensors) {
                t.free(because);
            }
        } finally {
            tensors.clear();
            if (tape != null) {
                tape.truncate(mark);
            }
        }
    }

    static @Nullable Scope current() {
        return CURRENT.get();
    }

    void add(Tensor tensor) {
        tensors.add(tensor);
    }

    @Nullable
    Tape tape() {
        return tape;
    }

    /** Where on the tape this scope begins. */
    long mark() {
        return mark;
    }

    private void requireInnermost(String what) {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("[scope] " + what + " on thread "
                    + Thread.currentThread().getName() + ", but " + this + " belongs to " + owner.getName());
        }
        if (CURRENT.get() != this) {
            throw new IllegalStateException("[scope] " + what + ": " + this
                    + " is not the innermost open one; close the inner scopes first (try-with-resources does)");
        }
    }

    /** @throws IllegalStateException when an open scope of this thread holds a tensor of a device that is about to be closed */
    static void requireNothingOn(Device device) {
        for (Scope s = CURRENT.get(); s != null; s = s.parent) {
            long held = s.tensors.stream().filter(t -> t.isLiveOn(device)).count();
            if (held > 0) {
                throw new IllegalStateException("[device] " + device + " is closed while " + s + " holds " + held
                        + " of its tensors: close the scope first");
            }
        }
    }

    /** For example {@code the scope of Trainer.train (Trainer.java:88)}, the place where it was opened. */
    @Override
    public String toString() {
        String type = opener.getClassName();
        return "the scope of " + type.substring(type.lastIndexOf('.') + 1) + "." + opener.getMethodName() + " ("
                + opener.getFileName() + ":" + opener.getLineNumber() + ")";
    }
}
