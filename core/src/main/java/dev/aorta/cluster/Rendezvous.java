package dev.aorta.cluster;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
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
    private static final int WELCOME = 1;
    /** For the first words of a connection, which may come from anybody. */
    private static final int STRANGER_MILLIS = 5000;

    private static final int RETRY_MILLIS = 100;

    private final Membership me;
    private final long deadline;
    private final @Nullable Peer[] peers;
    private final InetSocketAddress[] places; // where those of higher rank than 0 listen, as far as they are known
    private final SecureRandom random = new SecureRandom();
    private boolean met;

    Rendezvous(Membership me) {
        this.me = me;
        deadline = System.nanoTime() + me.patience().toNanos();
        peers = new Peer[me.size()];
        places = new InetSocketAddress[me.size()];
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
        try (ServerSocket door = door(me.port())) {
            for (int come = 1; come < me.size(); come++) {
                accept(door);
            }
        }
        for (int rank = 1; rank < me.size(); rank++) {
            Peer peer = peer(rank);
            try {
                for (int other = 1; other < rank; other++) {
                    byte[] address = places[other].getAddress().getAddress();
                    peer.out().writeByte(address.length);
                    peer.out().write(address);
                    peer.out().writeInt(places[other].getPort());
                }
            } catch (IOException e) {
                throw new ClusterException(peer + " has left before all had come", e);
            }
        }
    }

    private void join() throws IOException {
        Socket first = connect(0, new InetSocketAddress(InetAddress.getByName(me.host()), me.port()));
        try (ServerSocket door = ownDoor(first)) {
            introduce(0, first, door.getLocalPort());
            learn(peer(0));
            for (int rank = 1; rank < me.rank(); rank++) {
                introduce(rank, connect(rank, places[rank]), door.getLocalPort());
            }
            for (int come = me.rank() + 1; come < me.size(); come++) {
                accept(door);
            }
        }
    }

    /** Where others find this process. It opens once process 0 is there, whose port it could be given before. */
    private ServerSocket ownDoor(Socket first) throws IOException {
        try {
            return door(0);
        } catch (IOException e) {
            first.close();
            throw e;
        }
    }

    /** Hears from process 0, when all have come, where those of lower rank than this one listen. */
    private void learn(Peer first) {
        try {
            first.patience(left());
            for (int rank = 1; rank < me.rank(); rank++) {
                byte[] address = first.in().readNBytes(first.in().readUnsignedByte());
                places[rank] = new InetSocketAddress(
                        InetAddress.getByAddress(address), first.in().readInt());
            }
        } catch (SocketTimeoutException e) {
            throw late(e);
        } catch (IOException e) {
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
    private void accept(ServerSocket door) throws IOException {
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
                welcome(socket);
                return;
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

    private void welcome(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        if (in.readInt() != MAGIC) {
            throw new IOException("it does not speak this protocol");
        }
        int rank = in.readInt();
        int size = in.readInt();
        int port = in.readInt();
        byte[] theirs = in.readNBytes(PROOF);
        byte[] ours = nonce();
        Peer peer = new Peer(rank, socket);
        peer.out().write(ours);
        peer.out().write(proof("accept", rank, size, port, theirs, ours));
        byte[] proof = in.readNBytes(PROOF);
        if (!MessageDigest.isEqual(proof, proof("connect", rank, size, port, theirs, ours))) {
            throw new IOException("it does not know AORTA_SECRET");
        }
        if (size != me.size() || rank <= me.rank() || rank >= size || peers[rank] != null) {
            throw new IOException("it says it is process " + rank + " of " + size
                    + ", which is not wanted: this is process " + me.rank() + " of " + me.size());
        }
        peer.out().writeByte(WELCOME);
        peers[rank] = peer;
        places[rank] = new InetSocketAddress(socket.getInetAddress(), port);
    }

    /** Connects, again and again until somebody listens there. */
    private Socket connect(int rank, InetSocketAddress place) throws IOException {
        while (true) {
            Socket socket = new Socket();
            try {
                socket.connect(place, left());
                if (!isWithItself(socket)) {
                    return socket;
                }
            } catch (SocketTimeoutException e) {
                socket.close();
                throw late(e);
            } catch (ConnectException | NoRouteToHostException e) {
                LOG.log(System.Logger.Level.DEBUG, "aorta: {0}: {1}", place, e.getMessage());
            } catch (IOException e) {
                socket.close();
                throw notIn(rank, place, e);
            }
            socket.close();
            left();
            pause();
        }
    }

    /** Where nobody listens yet, the system may connect a socket with itself: from the port that is called to that port. */
    static boolean isWithItself(Socket socket) {
        return socket.getLocalSocketAddress().equals(socket.getRemoteSocketAddress());
    }

    /** Tells who this process is and where others find it, once the other has proved that it belongs to the group. */
    private void introduce(int rank, Socket socket, int port) throws IOException {
        try {
            socket.setSoTimeout(left()); // it may be busy with others
            Peer peer = new Peer(rank, socket);
            byte[] ours = nonce();
            peer.out().writeInt(MAGIC);
            peer.out().writeInt(me.rank());
            peer.out().writeInt(me.size());
            peer.out().writeInt(port);
            peer.out().write(ours);
            byte[] theirs = peer.in().readNBytes(PROOF);
            byte[] proof = peer.in().readNBytes(PROOF);
            if (!MessageDigest.isEqual(proof, proof("accept", me.rank(), me.size(), port, ours, theirs))) {
                throw new IOException("it does not know the AORTA_SECRET of this process");
            }
            peer.out().write(proof("connect", me.rank(), me.size(), port, ours, theirs));
            if (peer.in().read() != WELCOME) {
                throw new IOException("it has no place for process " + me.rank() + " of " + me.size()
                        + "; look whether RANK is this process's alone and WORLD_SIZE that of all");
            }
            peers[rank] = peer;
        } catch (SocketTimeoutException e) {
            socket.close();
            throw late(e);
        } catch (IOException e) {
            socket.close();
            throw notIn(rank, socket.getRemoteSocketAddress(), e);
        }
    }

    private static ClusterException notIn(int rank, SocketAddress place, IOException cause) {
        return new ClusterException(
                Membership.name(rank, place) + " does not let this process in: "
                        + (cause.getMessage() == null ? "it hung up" : cause.getMessage()),
                cause);
    }

    private byte[] nonce() {
        byte[] bytes = new byte[PROOF];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] proof(String end, int rank, int size, int port, byte[] connecting, byte[] accepting) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(("aorta " + me.secret()).getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update(end.getBytes(StandardCharsets.UTF_8));
            mac.update(ByteBuffer.allocate(3 * Integer.BYTES)
                    .putInt(rank)
                    .putInt(size)
                    .putInt(port)
                    .flip());
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
