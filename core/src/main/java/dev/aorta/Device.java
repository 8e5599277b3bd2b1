package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendProvider;
import dev.aorta.backend.cpu.CpuBackend;
import dev.aorta.backend.reference.ReferenceBackend;
import dev.aorta.warn.Leaks;
import java.util.ServiceLoader;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Where tensors live and compute. Operands of one operation are on one device; nothing is moved without being told to. */
public final class Device implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Device.class.getName());

    private static @Nullable Device shared;

    private final String name;
    private final Backend backend;

    private Device(String name, Backend backend) {
        this.name = name;
        this.backend = backend;
    }

    /**
     * This process's CPU device, shared: SIMD where the JVM has it, one thread for each processor, unless the properties {@code
     * aorta.simd} and {@code aorta.threads} say otherwise. Of memory that tensors gave back it keeps as much for later ones as
     * property {@code aorta.pool} says, a share of the heap that is 0.5 without it; the garbage collector takes that before the
     * heap is exhausted.
     *
     * @return the device
     * @throws IllegalArgumentException when one of the properties cannot be followed
     */
    public static synchronized Device cpu() {
        if (shared == null) {
            Leaks.requireKnown();
            shared = new Device("cpu", new CpuBackend());
        }
        return shared;
    }

    /**
     * A CPU device with its own number of threads.
     *
     * @param threads at least 1
     * @return a new device, to be closed
     */
    public static Device cpu(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("[device] threads must be at least 1, got " + threads);
        }
        return new Device("cpu", new CpuBackend(threads));
    }

    /** {@return a device of plain loops in double precision: the specification of every kernel, slow and exact} */
    public static Device reference() {
        return new Device("reference", new ReferenceBackend());
    }

    /**
     * A CUDA device.
     *
     * @param index from 0
     * @return a new device, to be closed
     * @throws IllegalStateException when it cannot be used, saying what is missing and what to do
     */
    public static Device cuda(int index) {
        return new Device("cuda:" + index, cudaProvider().open(index));
    }

    /** {@return the CUDA device 0 when it is usable, and the CPU otherwise; the choice is logged with its reason} */
    public static Device auto() {
        String why;
        try {
            why = cudaProvider().unusableBecause();
        } catch (IllegalStateException absent) {
            why = String.valueOf(absent.getMessage());
        }
        Device chosen = why.isEmpty() ? cuda(0) : cpu();
        LOG.log(
                System.Logger.Level.INFO,
                "aorta: device {0} ({1}){2}",
                chosen.name,
                chosen.backend.description(),
                why.isEmpty() ? "" : "; CUDA is not used: " + why);
        return chosen;
    }

    /**
     * A device by name.
     *
     * @param name {@code auto}, {@code cpu}, {@code reference}, {@code cuda} or {@code cuda:N}
     * @return the device
     * @throws IllegalArgumentException when there is no such name
     * @throws IllegalStateException when the device cannot be used
     */
    public static Device of(String name) {
        checkName(name);
        return switch (name) {
            case "auto" -> auto();
            case "cpu" -> cpu();
            case "reference" -> reference();
            case "cuda" -> cuda(0);
            default -> cuda(Integer.parseInt(name.substring(5)));
        };
    }

    /**
     * Checks that a name is one of those that {@link #of(String)} takes; whether the device can be used is not asked.
     *
     * @param name to check
     * @throws IllegalArgumentException when there is no such name
     */
    public static void checkName(String name) {
        if (!name.matches("auto|cpu|reference|cuda(:\\d{1,3})?")) {
            throw new IllegalArgumentException(
                    "[device] unknown device '" + name + "'; use auto, cpu, cuda, cuda:N or reference");
        }
    }

    /**
     * A device on a backend of your own.
     *
     * @param backend closed with the device
     * @return the device
     */
    public static Device of(Backend backend) {
        return new Device(backend.name(), backend);
    }

    /** {@return the kernels and the memory of this device} */
    public Backend backend() {
        return backend;
    }

    /**
     * Gives memory back that waits for later tensors: on the CPU to the garbage collector, on a GPU to its driver. Tensors keep
     * theirs, and the next ones take new memory.
     */
    public void trim() {
        backend.trim();
    }

    /**
     * Frees the device's memory and threads; using it or its tensors afterwards is an error. The shared {@link #cpu()} stays open
     * and is {@linkplain #trim() trimmed}.
     *
     * @throws IllegalStateException when an open scope of this thread holds tensors of this device, which stays open
     */
    @Override
    public void close() {
        if (isShared(this)) {
            trim();
        } else {
            Scope.requireNothingOn(this);
            backend.close();
        }
    }

    private static synchronized boolean isShared(Device device) {
        return device == shared;
    }

    /** For example {@code cpu} or {@code cuda:0}. */
    @Override
    public String toString() {
        return name;
    }

    private static BackendProvider cudaProvider() {
        StringJoiner found = new StringJoiner(", ");
        for (BackendProvider p : ServiceLoader.load(BackendProvider.class)) {
            if (p.name().equals("cuda")) {
                return p;
            }
            found.add(p.name());
        }
        throw new IllegalStateException("[device] there is no CUDA backend on the class path (backends found: "
                + (found.length() == 0 ? "none" : found) + "); add the dependency dev.aorta:aorta-cuda");
    }
}
