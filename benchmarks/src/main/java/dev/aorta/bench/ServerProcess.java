package dev.aorta.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A server in a process of its own, as users run it: the same JVM with the same flags as this one. */
final class ServerProcess implements AutoCloseable {
    private final Process process;
    private final URI address;
    private final Thread reader;

    /**
     * Starts it, and returns once it listens.
     *
     * @param threads of its CPU device
     * @param log gets a line for each answer
     * @throws IOException if it does not start
     */
    ServerProcess(ServedUNet unet, int threads, Consumer<String> log) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Bench.class.getName(), "serve", "--hold"));
        command.addAll(List.of("--side", Integer.toString(unet.side()), "--base", Integer.toString(unet.base())));
        command.addAll(List.of("--threads", Integer.toString(threads)));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        String first = said.readLine();
        if (first == null) {
            throw new IOException("the server ended before it listened");
        }
        address = URI.create(first);
        reader = Thread.ofVirtual().start(() -> said.lines().forEach(log));
    }

    URI address() {
        return address;
    }

    Process process() {
        return process;
    }

    /** Its resident memory, MiB. */
    long memory() {
        return Machine.memory(process.pid());
    }

    /** Waits until all is read that it says. */
    void join() throws InterruptedException {
        reader.join();
    }

    /** Ends it at once. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
