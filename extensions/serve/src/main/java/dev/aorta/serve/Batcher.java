package dev.aorta.serve;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.nn.Model;
import dev.aorta.nn.Pass;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a model for many callers at once: what comes within the wait and has the same shape but for the number of samples becomes one
 * batch. The queue is bounded; what does not fit is refused at once.
 */
final class Batcher implements AutoCloseable {
    private record Job(Values input, CompletableFuture<Values> output) {}

    private final Model model;
    private final Device device;
    private final Batching batching;
    private final ObjIntConsumer<Duration> ran;
    private final BlockingQueue<Job> queue;
    private final Thread worker;
    private volatile boolean closed;

    /**
     * Starts its thread.
     *
     * @param ran hears how long each batch took, and of how many samples it was
     */
    Batcher(String name, Model model, Device device, Batching batching, ObjIntConsumer<Duration> ran) {
        this.model = model;
        this.device = device;
        this.batching = batching;
        this.ran = ran;
        queue = new ArrayBlockingQueue<>(batching.queue());
        worker = Thread.ofPlatform().daemon().name("aorta-serve " + name).start(this::work);
    }

    static HttpError busy(String why) {
        return new HttpError(429, why + "; try again later", Map.of("Retry-After", "1"));
    }

    /** How many requests wait. */
    int waiting() {
        return queue.size();
    }

    /** Whether no request can wait any more. */
    boolean isFull() {
        return queue.remainingCapacity() == 0;
    }

    /**
     * Runs the model and waits for it.
     *
     * @param input (N, ..), of a shape that the model takes
     * @return what it gives, (N, ..)
     * @throws HttpError 429 when the queue is full
     */
    Values run(Values input) throws HttpError, InterruptedException {
        Job job = new Job(input, new CompletableFuture<>());
        synchronized (queue) {
            if (closed || !queue.offer(job)) {
                throw closed ? new HttpError(503, "the version was unloaded") : busy("the queue is full");
            }
        }
        try {
            return job.output().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof HttpError expected ? expected : new HttpError(500, "the model failed");
        }
    }

    private void work() {
        List<Job> batch = new ArrayList<>();
        @Nullable Job left = null; // of another shape, or too many samples for the batch before
        try {
            while (left != null || !closed || !queue.isEmpty()) {
                Job first = left != null ? left : queue.poll(100, TimeUnit.MILLISECONDS);
                left = null;
                if (first != null) {
                    batch.clear();
                    batch.add(first);
                    left = gather(batch);
                    run(batch);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Adds what fits into the batch; returns what was taken and does not fit. */
    private @Nullable Job gather(List<Job> batch) throws InterruptedException {
        long until = System.nanoTime() + batching.delay().toNanos();
        int samples = samples(batch.getFirst());
        while (samples < batching.most()) {
            Job next = queue.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (next == null) {
                return null;
            }
            if (!sameSamples(next, batch.getFirst()) || samples + samples(next) > batching.most()) {
                return next;
            }
            batch.add(next);
            samples += samples(next);
        }
        return null;
    }

    private static int samples(Job job) {
        return job.input().shape().dim(0);
    }

    private static boolean sameSamples(Job a, Job b) {
        int[] x = a.input().shape().dims();
        int[] y = b.input().shape().dims();
        return Arrays.equals(x, 1, x.length, y, 1, y.length);
    }

    private void run(List<Job> batch) {
        long begin = System.nanoTime();
        int samples = batch.stream().mapToInt(Batcher::samples).sum();
        try {
            Values output = predict(joined(batch, samples));
            if (output.shape().rank() < 1 || output.shape().dim(0) != samples) {
                throw new IllegalStateException("the model gave " + output.shape() + " for " + samples + " samples");
            }
            int from = 0;
            for (Job job : batch) {
                job.output().complete(output.rows(from, from + samples(job)));
                from += samples(job);
            }
            ran.accept(Duration.ofNanos(System.nanoTime() - begin), samples);
        } catch (RuntimeException | Error e) {
            System.getLogger(Batcher.class.getName()).log(System.Logger.Level.ERROR, "a model failed", e);
            batch.forEach(job -> job.output().completeExceptionally(e));
        }
    }

    private static Values joined(List<Job> batch, int samples) {
        Values first = batch.getFirst().input();
        if (batch.size() == 1) {
            return first;
        }
        int[] dims = first.shape().dims().clone();
        int each = first.array().length / dims[0];
        dims[0] = samples;
        float[] all = new float[samples * each];
        int at = 0;
        for (Job job : batch) {
            System.arraycopy(job.input().array(), 0, all, at, job.input().array().length);
            at += job.input().array().length;
        }
        return new Values(all, Shape.of(dims));
    }

    private Values predict(Values input) {
        return model.run(network -> {
            Tensor output = network.forward(input.on(device), Pass.INFERENCE);
            return new Values(output.toArray(), output.shape());
        });
    }

    /** Refuses what comes from now on, and answers what is in the queue before it ends. */
    @Override
    public void close() {
        synchronized (queue) {
            closed = true;
        }
        boolean interrupted = false;
        while (worker.isAlive()) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
