package dev.aorta.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A group over TCP, each process connected with each other. An array is cut into as many slices as there are processes; each process
 * gets its slice from all others, adds them, and gives the sum to all.
 */
final class TcpGroup implements ProcessGroup {
    private final int rank;
    private final @Nullable Peer[] peers; // null at the own place
    private final ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();
    private float[][] parts = {};

    TcpGroup(int rank, @Nullable Peer[] peers) {
        this.rank = rank;
        this.peers = peers;
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return peers.length;
    }

    @Override
    public void allReduce(float[] values) {
        int from = begin(rank, values.length);
        int length = begin(rank + 1, values.length) - from;
        exchange(
                (r, peer) -> peer.send(values, begin(r, values.length), begin(r + 1, values.length)),
                (r, peer) -> peer.receive(parts(length)[r], 0, length));
        float[][] all = parts(length);
        System.arraycopy(values, from, all[rank], 0, length);
        for (int step = 1; step < all.length; step *= 2) {
            for (int r = 0; r < all.length; r += 2 * step) {
                add(all[r], all[r + step], length);
            }
        }
        System.arraycopy(all[0], 0, values, from, length);
        exchange(
                (r, peer) -> peer.send(values, from, from + length),
                (r, peer) -> peer.receive(values, begin(r, values.length), begin(r + 1, values.length)));
    }

    private static void add(float[] sum, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            sum[i] += x[i];
        }
    }

    @Override
    public byte[] broadcast(byte[] content) {
        if (rank != 0) {
            return peer(0).receive();
        }
        exchange((r, peer) -> peer.send(content), (r, peer) -> {});
        return content;
    }

    private interface With {
        void peer(int rank, Peer peer);
    }

    /** Sends to all on threads of their own, receives from one after another, and waits until all is sent. */
    private void exchange(With send, With receive) {
        List<CompletableFuture<@Nullable Void>> sent = new ArrayList<>();
        try {
            for (int r = 0; r < peers.length; r++) {
                if (r != rank) {
                    int to = r;
                    sent.add(CompletableFuture.runAsync(() -> send.peer(to, peer(to)), senders));
                }
            }
            for (int r = 0; r < peers.length; r++) {
                if (r != rank) {
                    receive.peer(r, peer(r));
                }
            }
            sent.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            close();
            throw e.getCause() instanceof ClusterException c ? c : e;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Peer peer(int r) {
        Peer peer = peers[r];
        if (peer == null) {
            throw new IllegalStateException("a process does not talk to itself");
        }
        return peer;
    }

    private int begin(int r, int length) {
        return Math.toIntExact((long) length * r / peers.length);
    }

    private float[][] parts(int length) {
        if (parts.length == 0 || parts[0].length < length) {
            parts = new float[peers.length][length];
        }
        return parts;
    }

    @Override
    public void close() {
        for (Peer peer : peers) {
            if (peer != null) {
                peer.close();
            }
        }
        senders.shutdown();
    }
}
