package dev.aorta.cluster;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/** Processes of a group that are threads here. */
public final class Processes {
    private static final String HOST = "127.0.0.1";

    private Processes() {}

    /** What each does. */
    public interface Work {
        /** The work of one of them. */
        Object of(int rank, ProcessGroup group) throws Exception;
    }

    /**
     * {@return a port that nobody listens at, for a process that is started with its number} It is none of those that systems give to
     * sockets without a number, so that nobody else is given it in the meantime.
     */
    public static int freePort() throws IOException {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_768);
            try (ServerSocket any = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
                return any.getLocalPort();
            } catch (BindException e) {
                continue; // it has a listener
            }
        }
    }

    /** Has so many do the same; what ends one by an exception is what it comes to. */
    public static List<Object> of(int size, Work work) throws Exception {
        int port = freePort();
        List<Callable<Object>> processes = new ArrayList<>();
        for (int r = 0; r < size; r++) {
            int rank = r;
            processes.add(() -> {
                try (ProcessGroup group = ProcessGroup.join(rank, size, HOST, port, "")) {
                    return work.of(rank, group);
                }
            });
        }
        try (var threads = Executors.newCachedThreadPool()) {
            List<Object> ends = new ArrayList<>();
            for (Future<Object> end : threads.invokeAll(processes)) {
                try {
                    ends.add(end.get());
                } catch (ExecutionException e) {
                    ends.add(e.getCause());
                }
            }
            return ends;
        }
    }
}
