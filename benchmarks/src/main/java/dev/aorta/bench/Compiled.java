package dev.aorta.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A U-Net that another process trains by {@code torch.compile}, on images and weights of its own. It is told {@code step} or {@code
 * infer}, a line each, and says {@code done}.
 */
public final class Compiled implements AutoCloseable {
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.\\S+");
    private static final long PROBE_SECONDS = 60;

    private final String engine;
    private final Process process;
    private final BufferedReader answers;

    /** The version of PyTorch, 2 or newer, that a Python has. */
    public static Optional<String> torch(String python) {
        try {
            Process probe = new ProcessBuilder(python, "-c", "import torch; print(torch.__version__)")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader lines = probe.inputReader()) {
                Matcher version = VERSION.matcher(Objects.requireNonNullElse(lines.readLine(), ""));
                boolean ended = probe.waitFor(PROBE_SECONDS, TimeUnit.SECONDS);
                return ended && probe.exitValue() == 0 && version.matches() && Integer.parseInt(version.group(1)) >= 2
                        ? Optional.of(version.group())
                        : Optional.empty();
            } finally {
                probe.destroy();
            }
        } catch (IOException e) {
            return Optional.empty(); // no such program
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking " + python + " for its torch", e);
        }
    }

    /**
     * Starts the process and waits until it has compiled a step and an inference, which takes a minute or two.
     *
     * @param python that has {@link #torch}
     * @param unet that is trained
     * @param batch images a step
     * @param channelsLast or else channels first
     * @param threads of PyTorch
     * @throws IOException when the process ends before that, which has said why on standard error
     */
    public Compiled(String python, Network.UNet unet, int batch, boolean channelsLast, int threads) throws IOException {
        String layout = channelsLast ? "channels-last" : "NCHW";
        engine = "torch.compile " + layout;
        process = new ProcessBuilder(List.of(
                        python,
                        "-c",
                        script(),
                        Integer.toString(unet.base()),
                        Integer.toString(batch),
                        layout,
                        Integer.toString(threads),
                        Double.toString(Trainee.RATE)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = process.inputReader();
        try {
            await("ready");
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private static String script() throws IOException {
        try (InputStream in = Objects.requireNonNull(Compiled.class.getResourceAsStream("compiled.py"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Name of the engine for tables. */
    public String engine() {
        return engine;
    }

    /** One whole training step. */
    public void step() {
        ask("step");
    }

    /** One inference. */
    public void infer() {
        ask("infer");
    }

    private void ask(String what) {
        try {
            process.outputWriter().append(what).append('\n').flush();
            await("done");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void await(String expected) throws IOException {
        String answer = answers.readLine();
        if (!expected.equals(answer)) {
            throw new IOException(engine + ": its process "
                    + (answer == null ? "ended" : "said '" + answer + "'")
                    + " where it should have said '"
                    + expected
                    + "'; what it printed above tells why");
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
