package dev.aorta.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;

/**
 * What a process must know to join its group.
 *
 * @param rank of this process, from 0
 * @param size processes
 * @param host of process 0
 * @param port of process 0
 * @param secret of the members, or empty
 * @param patience until all have come
 * @param silence after which a process counts as gone
 */
record Membership(int rank, int size, String host, int port, String secret, Duration patience, Duration silence) {
    private static final System.Logger LOG = System.getLogger(Membership.class.getName());

    Membership {
        if (size < 1 || Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException(
                    "[cluster] WORLD_SIZE must be 1, 2, 4, 8 or another power of two, and is " + size);
        }
        if (rank < 0 || rank >= size) {
            throw new IllegalArgumentException("[cluster] RANK must be 0 to " + (size - 1) + ", and is " + rank);
        }
    }

    /** What the environment says. */
    static Membership of(Map<String, String> environment) {
        int size = environment.containsKey("WORLD_SIZE") ? number(environment, "WORLD_SIZE") : 1;
        return size == 1
                ? of(0, 1, "", 0, "")
                : of(
                        number(environment, "RANK"),
                        size,
                        text(environment, "MASTER_ADDR"),
                        number(environment, "MASTER_PORT"),
                        environment.getOrDefault("AORTA_SECRET", ""));
    }

    /** With the times of the properties. */
    static Membership of(int rank, int size, String host, int port, String secret) {
        return new Membership(
                rank,
                size,
                host,
                port,
                secret,
                seconds("aorta.cluster.wait", 300),
                seconds("aorta.cluster.silence", 30));
    }

    private static Duration seconds(String property, int otherwise) {
        String wanted = System.getProperty(property);
        if (wanted != null && !wanted.matches("[1-9]\\d{0,5}")) {
            throw new IllegalArgumentException(
                    "[cluster] " + property + " must be a whole number of seconds from 1, and is '" + wanted + "'");
        }
        return Duration.ofSeconds(wanted == null ? otherwise : Integer.parseInt(wanted));
    }

    private static String text(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("[cluster] WORLD_SIZE is set and " + name
                    + " is not: each process needs RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT");
        }
        return value.strip();
    }

    private static int number(Map<String, String> environment, String name) {
        String value = text(environment, name);
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("[cluster] " + name + " must be a number, and is '" + value + "'", e);
        }
    }

    ProcessGroup join() throws IOException {
        if (size == 1) {
            return ProcessGroup.alone();
        }
        if (secret.isEmpty() && !InetAddress.getByName(host).isLoopbackAddress()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "aorta: AORTA_SECRET is not set: whoever reaches {0}:{1} can join this training",
                    host,
                    Integer.toString(port));
        }
        return new Rendezvous(this).meet();
    }

    /** {@return the other end of a connection, as messages name it} */
    static String name(int rank, SocketAddress address) {
        return "process " + rank + " (" + address + ")";
    }
}
