package dev.aorta.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one epoch, read ahead by a daemon thread. A failure of that thread is thrown where the batch would have been
 * returned, as an {@link UncheckedIOException} when a file could not be read.
 */
public final class Epoch implements Iterator<Batch>, AutoCloseable {
    private static final int AHEAD = 2;

    /** What the reading thread hands over: a batch or why there is none. */
    private record Read(@Nullable Batch batch, @Nullable Throwable failure) {}

    private final DataLoader loader;
    private final long number;
    private final int[] order;
    private final int batches;
    private final BlockingQueue<Read> ready = new ArrayBlockingQueue<>(AHEAD);
    private final BlockingQueue<Batch> spare = new ArrayBlockingQueue<>(AHEAD + 2);
    private final Thread reader;
    private @Nullable Batch lent;
    private int taken;
    private volatile boolean stopped;

    Epoch(DataLoader loader, long number, int[] order) {
        this.loader = loader;
        this.number = number;
        this.order = order;
        batches = loader.batches();
        reader = Thread.ofPlatform().daemon().name("aorta-data-" + number).start(this::readAll);
    }

    @Override
    public boolean hasNext() {
        return taken < batches;
    }

    /**
     * The next batch; the arrays of the one before are reused from now on.
     *
     * @throws UncheckedIOException when a pair could not be read
     */
    @Override
    public Batch next() {
        if (!hasNext()) {
            throw new NoSuchElementException("[data] epoch " + number + " has " + batches + " batches, all taken");
        }
        if (lent != null) {
            spare.offer(lent);
        }
        Read read;
        try {
            read = ready.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("[data] interrupted while waiting for batch " + taken, e);
        }
        Batch batch = read.batch;
        if (batch == null) {
            taken = batches;
            throw failure(read.failure);
        }
        taken++;
        lent = batch;
        return batch;
    }

    /** Stops the reading thread and waits for it. It is not interrupted, for that would close the files it reads. */
    @Override
    public void close() {
        taken = batches;
        stopped = true;
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAll() {
        try {
            DataLoader.Pair pair = loader.pair();
            for (int b = 0; b < batches && !stopped; b++) {
                int from = b * loader.batchSize();
                int to = from + Math.min(loader.batchSize(), order.length - from);
                hand(new Read(loader.read(Arrays.copyOfRange(order, from, to), number, pair, spare.poll()), null));
            }
        } catch (Throwable failure) {
            hand(new Read(null, failure));
        }
    }

    /** Only {@link #close()} ends the wait: a data set may interrupt this thread, and the batch must arrive all the same. */
    private void hand(Read read) {
        boolean handed = false;
        while (!handed && !stopped) {
            try {
                handed = ready.offer(read, 20, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                // its flag is cleared by now
            }
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
