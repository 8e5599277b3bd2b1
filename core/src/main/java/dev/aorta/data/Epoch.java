package dev.aorta.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one epoch in their order, read ahead by daemon threads. A failure of such a thread is thrown where the batch
 * would have been returned, as an {@link UncheckedIOException} when a file could not be read.
 */
public final class Epoch implements Iterator<Batch>, AutoCloseable {
    private static final int AHEAD = 2;

    /** What a reading thread hands over: a batch or why there is none. */
    private record Read(@Nullable Batch batch, @Nullable Throwable failure) {}

    private final DataLoader loader;
    private final long number;
    private final int[] order;
    private final int batches;
    private final List<Thread> readers = new ArrayList<>();

    private final Object lock = new Object(); // guards what follows
    private final Map<Integer, Read> ready = new HashMap<>();
    private final Queue<Batch> spare = new ArrayDeque<>();
    private @Nullable Batch lent;
    private int claimed;
    private int taken;
    private boolean stopped;

    Epoch(DataLoader loader, long number, int[] order, int first) {
        this.loader = loader;
        this.number = number;
        this.order = order;
        batches = loader.batches();
        claimed = first;
        taken = first;
        for (int t = 0; t < loader.threads(); t++) {
            readers.add(Thread.ofPlatform()
                    .daemon()
                    .name("aorta-data-" + number + "-" + t)
                    .start(this::readAll));
        }
    }

    @Override
    public boolean hasNext() {
        synchronized (lock) {
            return taken < batches;
        }
    }

    /**
     * The next batch; the arrays of the one before are reused from now on.
     *
     * @throws UncheckedIOException when a sample could not be read
     */
    @Override
    public Batch next() {
        synchronized (lock) {
            if (!hasNext()) {
                throw new NoSuchElementException("[data] epoch " + number + " has " + batches + " batches, all taken");
            }
            if (lent != null) {
                spare.add(lent);
                lent = null;
            }
            Read read = await();
            Batch batch = read.batch;
            if (batch == null) {
                stop();
                throw failure(read.failure);
            }
            taken++;
            lock.notifyAll();
            lent = batch;
            return batch;
        }
    }

    private Read await() {
        Read read = ready.remove(taken);
        while (read == null) {
            try {
                lock.wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("[data] interrupted while waiting for batch " + taken, e);
            }
            read = ready.remove(taken);
        }
        return read;
    }

    /** Stops the reading threads and waits for them. They are not interrupted, for that would close the files they read. */
    @Override
    public void close() {
        synchronized (lock) {
            stop();
        }
        boolean interrupted = false;
        for (Thread reader : readers) {
            while (reader.isAlive()) {
                try {
                    reader.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void stop() {
        taken = batches;
        stopped = true;
        lock.notifyAll();
    }

    private void readAll() {
        DataLoader.Sample sample = null;
        for (int b = claim(); b >= 0; b = claim()) {
            Read read;
            try {
                sample = sample == null ? loader.sample() : sample;
                int from = b * loader.batchSize();
                int to = from + Math.min(loader.batchSize(), order.length - from);
                read = new Read(loader.read(Arrays.copyOfRange(order, from, to), number, sample, spare()), null);
            } catch (Throwable failure) {
                read = new Read(null, failure);
            }
            synchronized (lock) {
                ready.put(b, read);
                lock.notifyAll();
            }
        }
    }

    /** The number of the next batch to be read, once it is wanted; -1 when there is none. */
    private int claim() {
        synchronized (lock) {
            while (!stopped && claimed < batches && claimed >= taken + AHEAD + loader.threads()) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // a data set may interrupt its thread, and the batch must arrive all the same
                }
            }
            return stopped || claimed == batches ? -1 : claimed++;
        }
    }

    private @Nullable Batch spare() {
        synchronized (lock) {
            return spare.poll();
        }
    }

    private static RuntimeException failure(@Nullable Throwable cause) {
        if (cause instanceof IOException e) {
            return new UncheckedIOException(e.getMessage(), e);
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }
}
