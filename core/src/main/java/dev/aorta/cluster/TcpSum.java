package dev.aorta.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A sum in chunks that are under way at the same time. Of each chunk, each process gets its slice from all others once they have it,
 * adds these in a binary tree over the ranks, and gives the sum to all. Each connection has a thread that sends and one that receives; a
 * message says which chunk it belongs to, so that no process waits for the order of another.
 */
final class TcpSum implements PendingSum {
    /** Numbers of a message at most. */
    static final int SLICE = Peer.CHUNK / Float.BYTES;

    private static final int NO_MORE = Integer.MIN_VALUE;

    private final TcpGroup group;
    private final float[] values;
    private final int rank;
    private final int size;
    private final int chunks;
    private final float[][] parts; // of each process, for the slices that are added here
    private final int[] unready; // numbers of each chunk
    private final AtomicInteger[] missing; // processes whose slice of a chunk has not come
    private final List<BlockingQueue<Integer>> outgoing = new ArrayList<>();
    private final List<CompletableFuture<@Nullable Void>> wire = new ArrayList<>();
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    /**
     * Begins to receive.
     *
     * @param parts of each process, with {@link #ownLength} numbers
     */
    TcpSum(TcpGroup group, float[] values, float[][] parts) {
        this.group = group;
        this.values = values;
        this.parts = parts;
        rank = group.rank();
        size = group.size();
        chunks = Math.ceilDiv(values.length, SLICE * size);
        unready = new int[chunks];
        missing = new AtomicInteger[chunks];
        for (int c = 0; c < chunks; c++) {
            unready[c] = begin(c + 1, 0) - begin(c, 0);
            missing[c] = new AtomicInteger(size);
        }
        for (int r = 0; r < size; r++) {
            outgoing.add(new LinkedBlockingQueue<>());
        }
        for (int r = 0; r < size; r++) {
            if (r != rank) {
                int other = r;
                wire.add(CompletableFuture.runAsync(() -> receive(other), TcpGroup.THREADS));
                wire.add(CompletableFuture.runAsync(() -> send(other), TcpGroup.THREADS));
            }
        }
    }

    /** The numbers of all slices that a process adds, at most. */
    static int ownLength(int length, int size) {
        return Math.multiplyExact(Math.ceilDiv(length, SLICE * size), SLICE);
    }

    /** Where the slice of a process begins, in a chunk; that of the chunk behind the last is the end. */
    private int begin(int chunk, int r) {
        long from = (long) chunk * SLICE * size;
        long length = Math.min((long) SLICE * size, values.length - from);
        return Math.toIntExact(length <= 0 ? values.length : from + length * r / size);
    }

    private int end(int chunk, int r) {
        return r == size - 1 ? begin(chunk + 1, 0) : begin(chunk, r + 1);
    }

    @Override
    public void ready(int from, int to) {
        for (int i = from; i < to; ) {
            int c = i / (SLICE * size);
            int end = Math.min(to, begin(c + 1, 0));
            unready[c] -= end - i;
            i = end;
            if (unready[c] == 0) {
                System.arraycopy(values, begin(c, rank), parts[rank], c * SLICE, end(c, rank) - begin(c, rank));
                toAll(c);
                arrived(c);
            }
        }
    }

    /** Adds the slice of this process, once all have sent theirs, and sends the sum. */
    private void arrived(int c) {
        if (missing[c].decrementAndGet() > 0) {
            return;
        }
        int n = end(c, rank) - begin(c, rank);
        for (int step = 1; step < size; step *= 2) {
            for (int r = 0; r < size; r += 2 * step) {
                add(parts[r], parts[r + step], c * SLICE, n);
            }
        }
        System.arraycopy(parts[0], c * SLICE, values, begin(c, rank), n);
        toAll(~c);
    }

    private static void add(float[] sum, float[] x, int from, int n) {
        for (int i = from; i < from + n; i++) {
            sum[i] += x[i];
        }
    }

    /** A chunk for all to add their slice of, or, as its complement, one whose sum all get. */
    private void toAll(int message) {
        for (int r = 0; r < size; r++) {
            if (r != rank) {
                outgoing.get(r).add(message);
            }
        }
    }

    private void send(int r) {
        try {
            for (int i = 0; i < 2 * chunks; i++) {
                int message = outgoing.get(r).take();
                if (message == NO_MORE) {
                    return;
                }
                int c = Math.max(message, ~message);
                int slice = message < 0 ? rank : r;
                group.peer(r).send(message, values, begin(c, slice), end(c, slice));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("interrupted while it sent", e);
        }
    }

    private void receive(int r) {
        try {
            Peer peer = group.peer(r);
            for (int i = 0; i < 2 * chunks; i++) {
                int message = peer.message();
                int c = Math.max(message, ~message);
                if (c >= chunks) {
                    throw peer.outOfStep("part " + c + " came of a sum of " + chunks);
                }
                if (message < 0) {
                    peer.receive(values, begin(c, r), end(c, r));
                } else {
                    peer.receive(parts[r], c * SLICE, c * SLICE + end(c, rank) - begin(c, rank));
                    arrived(c);
                }
            }
        } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
            group.close();
            toAll(NO_MORE);
        }
    }

    @Override
    public void await() {
        for (int n : unready) {
            if (n > 0) {
                throw new IllegalStateException(
                        "[cluster] a sum is waited for, and " + n + " of its numbers were not said to be ready");
            }
        }
        try {
            wire.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            failure.compareAndSet(null, e.getCause() instanceof ClusterException c ? c : e);
            group.close();
        }
        group.idle();
        RuntimeException e = failure.get();
        if (e != null) {
            throw e;
        }
    }
}
