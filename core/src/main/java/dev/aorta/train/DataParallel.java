package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One network on several devices, trained as one: every device computes the gradients of its part of the batch on a thread of
 * its own, the parts are added on the first device in the order of the devices, the optimiser steps there, and the others
 * receive the new parameters.
 *
 * <pre>{@code
 * try (Scope step = Scope.open()) {
 *     adam.step(parallel.backward(n, (network, device, from, to) -> ...).gradients());
 *     parallel.broadcast();
 * }
 * }</pre>
 *
 * <p>With one device all of this is one forward and one backward pass on the calling thread. Results repeat bit for bit, and
 * are those of one device but for rounding, if the loss is a mean over images (or over pixels of equal weight) and the network
 * computes each image alone and draws nothing: batch normalisation takes the statistics of each part, the running ones those of
 * the first device, and {@link Trainer} seeds the dropout of each part by its first image. Not thread-safe.
 */
public final class DataParallel implements AutoCloseable {
    /** What each device computes. */
    @FunctionalInterface
    public interface Part {
        /**
         * The mean loss over a part of the batch. Runs on several threads at once, in a scope that records.
         *
         * @param network of the device
         * @param device on which inputs, labels and the loss must be
         * @param from first image of the part
         * @param to one behind the last image of the part, more than {@code from}
         * @return the loss, a scalar on the device
         */
        Tensor loss(Layer network, Device device, int from, int to);
    }

    /**
     * What a batch gave.
     *
     * @param loss mean over the whole batch
     * @param gradients of that loss for the parameters of {@link #network()}, in the calling thread's scope
     */
    public record Result(double loss, Gradients gradients) {}

    private final Replica first;
    private final List<Replica> others = new ArrayList<>();

    /**
     * Makes a replica on each device, in the current scope, all with the parameters of the first.
     *
     * @param devices at least one; closed by the caller, later than this
     * @param build makes the network on a device
     */
    public DataParallel(List<Device> devices, Function<Device, Layer> build) {
        this(devices.getFirst(), build.apply(devices.getFirst()));
        for (Device device : devices.subList(1, devices.size())) {
            others.add(new Replica(device, build.apply(device)));
        }
        try {
            broadcast();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** A network that is trained on one device. */
    DataParallel(Device device, Layer network) {
        first = new Replica(device, network);
    }

    /** {@return the network on the first device, whose parameters the optimiser gets and files hold} */
    public Layer network() {
        return first.network();
    }

    /** All of them, the first one first. */
    List<Replica> replicas() {
        List<Replica> all = new ArrayList<>(others);
        all.addFirst(first);
        return all;
    }

    int devices() {
        return 1 + others.size();
    }

    /** {@return the first device} */
    public Device device() {
        return first.device();
    }

    /**
     * Loss and gradients of a batch that is split evenly; devices beyond the number of images are idle.
     *
     * @param size images of the batch, at least 1
     * @param part what each device computes of it
     * @return loss and gradients of the whole batch
     * @throws TrainingException when one of several devices fails, naming it; an {@link Error} is thrown as it is. All have stopped
     *     then, and nothing has changed but running statistics
     */
    public Result backward(int size, Part part) {
        int count = Math.min(1 + others.size(), size);
        if (count <= 1) {
            return first.backward(part, 0, size, size);
        }
        List<Replica> helpers = others.subList(0, count - 1);
        List<CompletableFuture<Double>> losses = new ArrayList<>();
        for (Replica replica : helpers) {
            int d = 1 + losses.size();
            int from = begin(d, count, size);
            int to = begin(d + 1, count, size);
            losses.add(CompletableFuture.supplyAsync(
                    () -> replica.lossAndStagedGradients(part, from, to, size), replica.thread()));
        }
        var failures = new Failures();
        Result own = failures.collect(first, () -> first.backward(part, 0, begin(1, count, size), size));
        double loss = own == null ? 0 : own.loss;
        for (Replica replica : helpers) {
            Double partial = failures.collect(replica, losses.removeFirst()::join);
            loss += partial == null ? 0 : partial;
        }
        failures.report();
        Gradients gradients = Objects.requireNonNull(own).gradients;
        helpers.forEach(replica -> first.add(gradients, replica));
        return new Result(loss, gradients);
    }

    /**
     * Gives all devices the parameters of the first: to be called after each step of the optimiser and after reading a file.
     *
     * @throws TrainingException when a device fails, naming it; the devices must not be trained on as they are then
     */
    public void broadcast() {
        if (others.isEmpty()) {
            return;
        }
        first.stageParameters();
        List<CompletableFuture<@Nullable Void>> copies = new ArrayList<>();
        for (Replica replica : others) {
            copies.add(CompletableFuture.runAsync(() -> replica.receive(first), replica.thread()));
        }
        var failures = new Failures();
        for (Replica replica : others) {
            failures.collect(replica, copies.removeFirst()::join);
        }
        failures.report();
    }

    /** Ends the threads. */
    @Override
    public void close() {
        others.forEach(Replica::close);
    }

    /** The first image of part d, such that larger parts come first. */
    private static int begin(int d, int count, int size) {
        return Math.toIntExact(Math.ceilDiv((long) size * d, (long) count));
    }

    /** What went wrong on several devices, thrown when all of them have stopped. */
    static final class Failures {
        private final List<Throwable> all = new ArrayList<>();

        <T> @Nullable T collect(Replica replica, Supplier<T> work) {
            try {
                return work.get();
            } catch (RuntimeException | Error e) {
                Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
                all.add(
                        cause instanceof Error
                                ? cause
                                : new TrainingException(
                                        "[train] " + replica.device() + " failed: " + cause.getMessage(), cause));
                return null;
            }
        }

        /** An error, such as OutOfMemoryError, stays what it is and goes before exceptions. */
        void report() {
            if (all.isEmpty()) {
                return;
            }
            Throwable thrown =
                    all.stream().filter(Error.class::isInstance).findFirst().orElse(all.getFirst());
            all.stream().filter(other -> other != thrown).forEach(thrown::addSuppressed);
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }
    }
}
