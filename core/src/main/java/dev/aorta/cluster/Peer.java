package dev.aorta.cluster;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * The connection to another process. A message is its length in bytes and its content, a length of -1 a sign of life. Content is either
 * bytes or a number, which says what it is, and floats in little-endian order, a chunk at most. Any number of threads may send, one
 * receives.
 */
final class Peer implements Closeable {
    private static final int ALIVE = -1;
    /** Bytes of floats in a message, at most. */
    static final int CHUNK = 1 << 16;

    private static final int HEADER = 2 * Integer.BYTES;
    /** What is read ahead of the floats, which go around this buffer. */
    private static final int READ_AHEAD = 512;

    private final int rank;
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final ByteBuffer incoming = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer outgoing = ByteBuffer.allocate(HEADER + CHUNK);
    private int length; // of the message that is received, behind its number
    private volatile boolean ended;

    Peer(int rank, Socket socket) throws IOException {
        this.rank = rank;
        this.socket = socket;
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), READ_AHEAD));
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** Sends signs of life from now on, and expects them. */
    void keepAlive(Duration silence) throws IOException {
        socket.setSoTimeout(Math.toIntExact(silence.toMillis()));
        Thread.ofVirtual().name("aorta-alive-" + rank).start(() -> {
            try {
                while (!ended) {
                    Thread.sleep(silence.dividedBy(4));
                    synchronized (out) {
                        out.writeInt(ALIVE);
                    }
                }
            } catch (IOException | InterruptedException e) {
                ended = true; // whoever receives hears of it
            }
        });
    }

    /** How long the next words may take to come. */
    void patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    DataInputStream in() {
        return in;
    }

    DataOutputStream out() {
        return out;
    }

    /** Sends floats, a chunk at most, under a number. */
    void send(int message, float[] values, int from, int to) {
        synchronized (out) {
            try {
                int bytes = (to - from) * Float.BYTES;
                outgoing.clear().putInt(Integer.BYTES + bytes).putInt(message);
                outgoing.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values, from, to - from);
                out.write(outgoing.array(), 0, HEADER + bytes);
            } catch (IOException e) {
                throw gone(e);
            }
        }
    }

    /** Waits for floats. {@return the number that they were sent under} */
    int message() {
        try {
            length = length() - Integer.BYTES;
            return in.readInt();
        } catch (IOException e) {
            throw gone(e);
        }
    }

    /** Receives the floats of the message, as many as there is place for. */
    void receive(float[] values, int from, int to) {
        try {
            requireLength(length, (to - from) * Float.BYTES);
            in.readFully(incoming.array(), 0, length);
            incoming.asFloatBuffer().get(values, from, to - from);
        } catch (IOException e) {
            throw gone(e);
        }
    }

    void send(byte[] content) {
        synchronized (out) {
            try {
                out.writeInt(content.length);
                out.write(content);
            } catch (IOException e) {
                throw gone(e);
            }
        }
    }

    byte[] receive() {
        try {
            int length = length();
            byte[] content = in.readNBytes(length); // takes memory as bytes arrive
            requireLength(content.length, length);
            return content;
        } catch (IOException e) {
            throw gone(e);
        }
    }

    private int length() throws IOException {
        int length = in.readInt();
        while (length == ALIVE) {
            length = in.readInt();
        }
        return length;
    }

    private void requireLength(int bytes, int expected) {
        if (bytes != expected) {
            throw outOfStep("%,d bytes came where %,d were expected".formatted(bytes, expected));
        }
    }

    ClusterException outOfStep(String what) {
        return new ClusterException(
                this + " is out of step: " + what + "; all processes must run the same program with the same settings");
    }

    private ClusterException gone(IOException cause) {
        String what = cause instanceof SocketTimeoutException
                ? " has said nothing for " + Duration.ofMillis(timeout()).toSeconds() + " s"
                : cause instanceof EOFException ? " has left" : " is gone: " + cause.getMessage();
        return new ClusterException(
                this + what + "; start all processes again to go on from the last checkpoint", cause);
    }

    private int timeout() {
        try {
            return socket.getSoTimeout();
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        ended = true;
        try {
            socket.close();
        } catch (IOException e) {
            // it is given up in any case
        }
    }

    @Override
    public String toString() {
        return Membership.name(rank, socket.getRemoteSocketAddress());
    }
}
