package dev.aorta;

import dev.aorta.backend.Buffer;
import dev.aorta.op.Op;
import dev.aorta.warn.Leaks;
import dev.aorta.warn.Warning;
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
 *     Tensor loss = network.forward(images, pass).crossEntropy(labels, null);
 *     adam.step(loss.backward());
 * }
 * }</pre>
 *
 * <p>A scope also records operations on what has a gradient, for {@link Tensor#backward()}, unless it was opened by {@link
 * #noGrad()} or {@link #dryRun()}. Without any open scope nothing is recorded, and memory goes back when the garbage collector
 * finds the tensor. Scopes belong to the thread that opened them and close in reverse order, unless one is {@linkplain #detach()
 * detached}. {@link Tensor#keep()} is something else: it has {@code backward()} leave values alone.
 */
public final class Scope implements AutoCloseable {
    private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();
    /** A large network makes some thousands in a step. */
    private static final int MANY_TENSORS = 10_000;

    private static final StackWalker CALLERS = StackWalker.getInstance();
    private static final Supplier<String> ONLY_THE_RESULT =
            () -> "only the result of a layer is kept outside of training; keep what is read later in a Parameter";

    private final Thread owner = Thread.currentThread();
    private @Nullable Scope parent;
    private final @Nullable Tape tape;
    private final long mark;
    private final @Nullable Trace trace; // of a dry run, one for it and the scopes inside
    private final Object opener; // its name, or the frame that opened it
    private final List<Tensor> tensors = new ArrayList<>();
    private boolean detached;
    private boolean closed;

    /**
     * An operation that ran.
     *
     * @param op what ran
     * @param inputs its operands
     * @param output its result, which has no values in a dry run
     */
    public record Traced(Op op, List<Operand> inputs, Tensor output) {
        /** {@return the parameters among its operands} */
        public List<Parameter> parameters() {
            return inputs.stream()
                    .map(Operand::tensor)
                    .filter(Parameter.class::isInstance)
                    .map(Parameter.class::cast)
                    .toList();
        }

        /** {@return the name of the layer that its first parameter belongs to, or empty when it has none} */
        public String layer() {
            return parameters().isEmpty() ? "" : parameters().getFirst().layer();
        }
    }

    /** What happens in a dry run. */
    private static final class Trace {
        private final List<Traced> operations = new ArrayList<>();
        private long elements;
        private long peak;
    }

    /**
     * What an operation was applied to.
     *
     * @param tensor by its identity
     * @param memory that it had then; it may have been freed since
     */
    public record Operand(Tensor tensor, Buffer memory) {
        /**
         * Its values in row-major order, if it has any: a parameter, or a constant that was given.
         *
         * @return a copy
         * @throws IllegalStateException when it would have had to be computed
         */
        public float[] values() {
            float[] values = new float[tensor.shape().size()];
            tensor.device().backend().download(values, memory);
            return values;
        }
    }

    private Scope(boolean recording, boolean dry, @Nullable String name) {
        parent = CURRENT.get();
        trace = parent != null && parent.trace != null ? parent.trace : dry ? new Trace() : null;
        tape = !recording || trace != null ? null : parent != null && parent.tape != null ? parent.tape : new Tape();
        mark = tape == null ? 0 : tape.mark();
        opener = name != null ? name : opener();
        CURRENT.set(this);
        if (name == null) {
            Leaks.opened(this);
        }
    }

    private static StackWalker.StackFrame opener() {
        return CALLERS.walk(frames -> frames.filter(f -> !f.getClassName().equals(Scope.class.getName()))
                .findFirst()
                .orElseThrow());
    }

    /**
     * Opens a scope that records operations for gradients.
     *
     * @return the scope, to be closed by this thread
     */
    public static Scope open() {
        return new Scope(true, false, null);
    }

    /**
     * Opens a scope for inference: nothing is recorded.
     *
     * @return the scope, to be closed by this thread
     */
    public static Scope noGrad() {
        return new Scope(false, false, null);
    }

    /**
     * As {@link #noGrad()}, for code that opens many scopes: messages call it by its name, and nobody looks for the place.
     *
     * @param name of what opens it
     * @return the scope, to be closed by this thread
     */
    public static Scope noGrad(String name) {
        return new Scope(false, false, name);
    }

    /**
     * Opens a scope in which operations check their shapes and give tensors of the right shape, but take no memory and compute
     * nothing, whatever the device of their operands; tensors keep the values that they have or are given. Reading a result is an
     * error. {@link #trace()} tells what ran. So do the scopes that are opened inside it.
     *
     * <pre>{@code
     * try (Scope run = Scope.dryRun()) {
     *     Shape output = network.forward(run.placeholder(Shape.of(1, 224, 224, 3)), Pass.INFERENCE).shape();
     * }
     * }</pre>
     *
     * @return the scope, to be closed by this thread
     */
    public static Scope dryRun() {
        return new Scope(false, true, null);
    }

    /**
     * {@return a tensor without memory, to begin a dry run with}
     *
     * @param shape of the tensor
     */
    public Tensor placeholder(Shape shape) {
        requireTrace();
        requireInnermost("placeholder");
        return new Tensor(DryRun.DEVICE, shape, DryRun.DEVICE.backend().allocate(shape.size()));
    }

    /**
     * What ran in this dry run, or was recorded in this scope and not yet used up by a backward pass, first to last.
     *
     * @return the operations
     * @throws IllegalStateException when this scope neither records nor is a {@link #dryRun()}
     */
    public List<Traced> trace() {
        if (tape != null) {
            return tape.trace(mark);
        }
        return List.copyOf(requireTrace().operations);
    }

    /**
     * The most elements that tensors of this dry run had at one time, parameters excepted that were made before: what a device would
     * have had to hold.
     *
     * @return that number
     * @throws IllegalStateException when this is no {@link #dryRun()}
     */
    public long peakElements() {
        return requireTrace().peak;
    }

    private Trace requireTrace() {
        if (trace == null) {
            throw new IllegalStateException(
                    "[scope] " + this + " is no dry run, as Scope.dryRun() opens one, and has recorded nothing");
        }
        return trace;
    }

    /** Notes that a dry run took memory or, with less than 0, gave it back. */
    static void count(long elements) {
        Scope s = CURRENT.get();
        if (s != null && s.trace != null) {
            s.trace.elements += elements;
            s.trace.peak = Math.max(s.trace.peak, s.trace.elements);
        }
    }

    /** Whether operations compute nothing now. */
    static boolean dry() {
        Scope s = CURRENT.get();
        return s != null && s.trace != null;
    }

    /** Notes an operation if this is a dry run. */
    void note(Op op, Tensor[] inputs, Buffer[] memory, Tensor output) {
        if (trace != null) {
            List<Operand> operands = new ArrayList<>();
            for (int i = 0; i < inputs.length; i++) {
                operands.add(new Operand(inputs[i], memory[i]));
            }
            trace.operations.add(new Traced(op, List.copyOf(operands), output));
        }
    }

    /** {@return whether an operation on something with a gradient would be recorded now} */
    public static boolean recording() {
        Scope s = CURRENT.get();
        return s != null && s.tape != null;
    }

    /**
     * Moves a tensor to the enclosing scope, so that it outlives this one; where there is none it is left to the garbage
     * collector.
     *
     * @param tensor of this scope
     * @return the tensor
     * @throws IllegalStateException when the tensor was recorded inside this scope: its history ends here
     */
    public Tensor keep(Tensor tensor) {
        requireInnermost("keep");
        if (tape != null && tape.recordedSince(mark, tensor)) {
            throw new IllegalStateException("[scope] " + tensor.shape() + " was recorded in " + this
                    + " and cannot leave it: call backward() first, or open the scope with noGrad()");
        }
        if (tensors.remove(tensor)) {
            if (parent != null) {
                parent.add(tensor);
            } else {
                tensor.becomeOrphan();
            }
        }
        return tensor;
    }

    /**
     * Takes this scope off its thread, which goes on with the enclosing one: its tensors stay until it is closed, which any
     * thread may do, at any time. {@code nn.Model} holds the memory of a network so.
     *
     * @throws IllegalStateException when this is not the innermost open scope, or not one of {@link #noGrad()}
     */
    public void detach() {
        requireInnermost("detach");
        if (tape != null || trace != null) {
            throw new IllegalStateException("[scope] detach: " + this + " is not one of noGrad()");
        }
        CURRENT.set(parent);
        parent = null;
        detached = true;
    }

    /**
     * Gives the memory of this scope's tensors back before it closes, except that of one.
     *
     * @param survivor need not belong to this scope
     * @throws IllegalStateException when this is not the innermost open scope, or records: a backward pass needs what it recorded
     */
    public void releaseAllBut(Tensor survivor) {
        requireInnermost("releaseAllBut");
        if (tape != null) {
            throw new IllegalStateException("[scope] releaseAllBut: " + this + " records; open it with noGrad()");
        }
        boolean kept = false;
        for (Tensor t : tensors) {
            if (t == survivor) {
                kept = true;
            } else {
                t.free(ONLY_THE_RESULT);
            }
        }
        tensors.clear();
        if (kept) {
            tensors.add(survivor);
        }
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
        if (!detached) {
            requireInnermost("close");
            CURRENT.set(parent);
        }
        closed = true;
        Leaks.closed(this);
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
        if (tensors.size() == MANY_TENSORS) {
            Warning.MANY_TENSORS.say(
                    this + " holds " + MANY_TENSORS + " tensors until it closes: give each step a scope of its"
                            + " own inside the loop, Scope.open() to train and Scope.noGrad() to predict");
        }
    }

    /**
     * A network begins to run, so that this class sees when predictions are recorded. Containers call it; a layer inside another
     * does no harm.
     *
     * @param training whether the run is part of training
     */
    public static void networkBegins(boolean training) {
        Scope s = CURRENT.get();
        if (s != null && s.tape != null) {
            s.tape.networkBegins(training, s);
        }
    }

    /** The network that began last has run, or failed. */
    public static void networkEnds() {
        Scope s = CURRENT.get();
        if (s != null && s.tape != null) {
            s.tape.networkEnds();
        }
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
                    + Thread.currentThread().getName() + ", but " + this + " belongs to " + owner.getName()
                    + "; nn.Model holds a network that any thread runs and closes");
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

    /** For example {@code the scope of Trainer.fit (Trainer.java:88)}, the place where it was opened. */
    @Override
    public String toString() {
        if (!(opener instanceof StackWalker.StackFrame place)) {
            return "the scope of " + opener;
        }
        String type = place.getClassName();
        return "the scope of " + type.substring(type.lastIndexOf('.') + 1) + "." + place.getMethodName() + " ("
                + place.getFileName() + ":" + place.getLineNumber() + ")";
    }
}
