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
 * The connection to another process. A message is its length in bytes and its content in little-endian order; a length of -1 is a sign of
 * life. Any number of threads may send, one receives.
 */
final class Peer implements Closeable {
    private static final int ALIVE = -1;
    private static final int CHUNK = 1 << 16;

    private final int rank;
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final byte[] incoming = new byte[CHUNK];
    private final byte[] outgoing = new byte[CHUNK];
    private volatile boolean ended;

    Peer(int rank, Socket socket) throws IOException {
        this.rank = rank;
        this.socket = socket;
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), CHUNK));
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

    /** Sends numbers. */
    void send(float[] values, int from, int to) {
        synchronized (out) {
            try {
                out.writeInt((to - from) * Float.BYTES);
                ByteBuffer chunk = ByteBuffer.wrap(outgoing).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = from; i < to; i += CHUNK / Float.BYTES) {
                    int n = Math.min(CHUNK / Float.BYTES, to - i);
                    chunk.asFloatBuffer().put(values, i, n);
                    out.write(outgoing, 0, n * Float.BYTES);
                }
            } catch (IOException e) {
                throw gone(e);
            }
        }
    }

    /** Receives as many numbers as there is place for. */
    void receive(float[] values, int from, int to) {
        try {
            requireLength(length(), (to - from) * Float.BYTES);
            ByteBuffer chunk = ByteBuffer.wrap(incoming).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = from; i < to; i += CHUNK / Float.BYTES) {
                int n = Math.min(CHUNK / Float.BYTES, to - i);
                in.readFully(incoming, 0, n * Float.BYTES);
                chunk.asFloatBuffer().get(values, i, n);
            }
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

    private void requireLength(int length, int expected) {
        if (length != expected) {
            throw new ClusterException(
                    "%s is out of step: %,d bytes came where %,d were expected; all processes must run the same program with the same settings"
                            .formatted(this, length, expected));
        }
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
