package dev.aorta.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A group over TCP, each process connected with each other. */
final class TcpGroup implements ProcessGroup {
    /** Threads for a sum, of the platform: they take half the processor time of virtual ones, which poll their sockets. */
    static final Executor THREADS =
            work -> Thread.ofPlatform().name("aorta-wire").daemon().start(work);

    private final int rank;
    private final @Nullable Peer[] peers; // null at the own place
    private float[][] parts = {};
    private boolean pending;

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
    public PendingSum begin(float[] values) {
        requireIdle();
        int length = TcpSum.ownLength(values.length, peers.length);
        if (parts.length == 0 || parts[0].length < length) {
            parts = new float[peers.length][length];
        }
        PendingSum sum = new TcpSum(this, values, parts);
        pending = true;
        return sum;
    }

    private void requireIdle() {
        if (pending) {
            throw new IllegalStateException("[cluster] a sum was begun and not waited for");
        }
    }

    /** The sum that was begun has ended. */
    void idle() {
        pending = false;
    }

    @Override
    public byte[] broadcast(byte[] content) {
        requireIdle();
        try {
            if (rank != 0) {
                return peer(0).receive();
            }
            List<CompletableFuture<@Nullable Void>> sent = new ArrayList<>();
            for (int r = 1; r < peers.length; r++) {
                Peer peer = peer(r);
                sent.add(CompletableFuture.runAsync(() -> peer.send(content), THREADS));
            }
            sent.forEach(CompletableFuture::join);
            return content;
        } catch (CompletionException e) {
            close();
            throw e.getCause() instanceof ClusterException c ? c : e;
        }
    }

    Peer peer(int r) {
        Peer peer = peers[r];
        if (peer == null) {
            throw new IllegalStateException("a process does not talk to itself");
        }
        return peer;
    }

    @Override
    public void close() {
        for (Peer peer : peers) {
            if (peer != null) {
                peer.close();
            }
        }
    }
}
