package dev.aorta.cluster;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * How processes find each other: all connect to process 0, which tells them where the others listen, and each connects to those of lower
 * rank. Both ends of a connection prove that they know the secret, by HMAC-SHA256 over random numbers of both, before anything else
 * is believed.
 */
final class Rendezvous implements Closeable {
    private static final System.Logger LOG = System.getLogger(Rendezvous.class.getName());
    private static final int MAGIC = 0x414f5254; // AORT
    private static final int PROOF = 32;
    /** For the first words of a connection, which may come from anybody. */
    private static final int STRANGER_MILLIS = 5000;

    private static final int RETRY_MILLIS = 100;

    private final Membership me;
    private final long deadline;
    private final @Nullable Peer[] peers;
    private final SecureRandom random = new SecureRandom();
    private boolean met;

    Rendezvous(Membership me) {
        this.me = me;
        deadline = System.nanoTime() + me.patience().toNanos();
        peers = new Peer[me.size()];
    }

    /** Waits for all, within the time that there is. */
    TcpGroup meet() throws IOException {
        try (this) {
            if (me.rank() == 0) {
                begin();
            } else {
                join();
            }
            for (Peer peer : peers) {
                if (peer != null) {
                    peer.keepAlive(me.silence());
                }
            }
            met = true;
            return new TcpGroup(me.rank(), peers);
        }
    }

    @Override
    public void close() {
        for (Peer peer : peers) {
            if (peer != null && !met) {
                peer.close();
            }
        }
    }

    private void begin() throws IOException {
        InetSocketAddress[] places = new InetSocketAddress[me.size()];
        try (ServerSocket door = door(me.port())) {
            for (int come = 1; come < me.size(); come++) {
                int rank = accept(door);
                Peer peer = peer(rank);
                places[rank] = new InetSocketAddress(peer.address(), peer.in().readInt());
            }
        }
        for (int rank = 1; rank < me.size(); rank++) {
            DataOutputStream out = peer(rank).out();
            for (int other = 1; other < rank; other++) {
                byte[] address = places[other].getAddress().getAddress();
                out.writeByte(address.length);
                out.write(address);
                out.writeInt(places[other].getPort());
            }
        }
    }

    private void join() throws IOException {
        try (ServerSocket door = door(0)) {
            connect(0, new InetSocketAddress(InetAddress.getByName(me.host()), me.port()));
            Peer first = peer(0);
            first.out().writeInt(door.getLocalPort());
            first.patience(left());
            InetSocketAddress[] places = new InetSocketAddress[me.rank()];
            for (int rank = 1; rank < me.rank(); rank++) {
                DataInputStream in = first.in();
                byte[] address = in.readNBytes(in.readUnsignedByte());
                places[rank] = new InetSocketAddress(InetAddress.getByAddress(address), in.readInt());
            }
            for (int rank = 1; rank < me.rank(); rank++) {
                connect(rank, places[rank]);
            }
            for (int come = me.rank() + 1; come < me.size(); come++) {
                accept(door);
            }
        } catch (SocketTimeoutException e) {
            throw late(e);
        } catch (EOFException e) {
            throw new ClusterException("process 0 has left before all had come", e);
        }
    }

    /** On the loopback address where process 0 is there too, else on all. */
    private ServerSocket door(int port) throws IOException {
        InetAddress first = InetAddress.getByName(me.host());
        ServerSocket door = new ServerSocket();
        try {
            door.setReuseAddress(true);
            door.bind(
                    first.isLoopbackAddress() ? new InetSocketAddress(first, port) : new InetSocketAddress(port),
                    Math.max(50, me.size()));
            return door;
        } catch (IOException e) {
            door.close();
            throw new IOException("[cluster] cannot listen at port " + port + ": " + e.getMessage(), e);
        }
    }

    /** Waits for a process that belongs to the group; others are sent away. */
    private int accept(ServerSocket door) throws IOException {
        while (true) {
            door.setSoTimeout(left());
            Socket socket;
            try {
                socket = door.accept();
            } catch (SocketTimeoutException e) {
                throw late(e);
            }
            try {
                socket.setSoTimeout(STRANGER_MILLIS);
                return welcome(socket);
            } catch (IOException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "aorta: {0} is sent away: {1}",
                        socket.getRemoteSocketAddress(),
                        e.getMessage());
                socket.close();
            }
        }
    }

    private int welcome(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        if (in.readInt() != MAGIC) {
            throw new IOException("it does not speak this protocol");
        }
        int rank = in.readInt();
        int size = in.readInt();
        byte[] theirs = in.readNBytes(PROOF);
        byte[] ours = nonce();
        Peer peer = new Peer(rank, socket);
        peer.out().write(ours);
        peer.out().write(proof("accept", rank, size, theirs, ours));
        byte[] proof = in.readNBytes(PROOF);
        if (!MessageDigest.isEqual(proof, proof("connect", rank, size, theirs, ours))) {
            throw new IOException("it does not know AORTA_SECRET");
        }
        if (size != me.size() || rank <= me.rank() || rank >= size || peers[rank] != null) {
            throw new IOException("it says it is process " + rank + " of " + size
                    + ", which is not wanted: this is process " + me.rank() + " of " + me.size());
        }
        peers[rank] = peer;
        return rank;
    }

    /** Connects, again and again until somebody listens there. */
    private void connect(int rank, InetSocketAddress place) throws IOException {
        while (true) {
            Socket socket = new Socket();
            try {
                socket.connect(place, left());
                socket.setSoTimeout(left()); // it may be busy with others
                introduce(rank, socket);
                return;
            } catch (SocketTimeoutException e) {
                socket.close();
                throw late(e);
            } catch (ConnectException | NoRouteToHostException e) {
                socket.close();
                left();
                pause();
            } catch (IOException e) {
                socket.close();
                throw new ClusterException(
                        Membership.name(rank, place) + " does not let this process in: "
                                + (e.getMessage() == null ? "it hung up" : e.getMessage()),
                        e);
            }
        }
    }

    private void introduce(int rank, Socket socket) throws IOException {
        Peer peer = new Peer(rank, socket);
        byte[] ours = nonce();
        peer.out().writeInt(MAGIC);
        peer.out().writeInt(me.rank());
        peer.out().writeInt(me.size());
        peer.out().write(ours);
        byte[] theirs = peer.in().readNBytes(PROOF);
        byte[] proof = peer.in().readNBytes(PROOF);
        if (!MessageDigest.isEqual(proof, proof("accept", me.rank(), me.size(), ours, theirs))) {
            throw new IOException("it does not know the AORTA_SECRET of this process");
        }
        peer.out().write(proof("connect", me.rank(), me.size(), ours, theirs));
        peers[rank] = peer;
    }

    private byte[] nonce() {
        byte[] bytes = new byte[PROOF];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] proof(String end, int rank, int size, byte[] connecting, byte[] accepting) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(("aorta " + me.secret()).getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update(end.getBytes(StandardCharsets.UTF_8));
            mac.update(ByteBuffer.allocate(8).putInt(rank).putInt(size).flip());
            mac.update(connecting);
            return mac.doFinal(accepting);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    /** {@return the time that is left, milliseconds} */
    private int left() {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left < 1) {
            throw late(null);
        }
        return Math.toIntExact(Math.min(left, Integer.MAX_VALUE));
    }

    private ClusterException late(@Nullable Exception cause) {
        StringBuilder missing = new StringBuilder();
        for (int rank = 0; rank < peers.length; rank++) {
            if (rank != me.rank() && peers[rank] == null) {
                missing.append(missing.isEmpty() ? "" : ", ").append(rank);
            }
        }
        String message = "after " + me.patience().toSeconds()
                + " s these processes were not there, seen from process " + me.rank() + ": " + missing
                + "; look whether they were started with the same WORLD_SIZE, MASTER_ADDR and MASTER_PORT, and whether "
                + me.host() + ":" + me.port() + " can be reached";
        return cause == null ? new ClusterException(message) : new ClusterException(message, cause);
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("interrupted while others were waited for", e);
        }
    }

    private Peer peer(int rank) {
        Peer peer = peers[rank];
        if (peer == null) {
            throw new IllegalStateException("process " + rank + " is not there yet");
        }
        return peer;
    }
}
