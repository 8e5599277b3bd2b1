package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.serve.Batching;
import dev.aorta.serve.ModelServer;
import dev.aorta.serve.ServerOptions;
import dev.aorta.serve.Tokens;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.monitor.LiveMonitor;
import dev.aorta.unet.monitor.Monitor;
import dev.aorta.unet.monitor.ObservationLog;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.serve.SegmentModels;
import dev.aorta.unet.serve.SegmentOptions;
import dev.aorta.unet.serve.SegmentServer;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Serves networks over HTTP until it is told to end: a page for a person, POST /v1/segment, the Open Inference Protocol"
                        + " under /v2, /metrics for Prometheus, /openapi.json. A line of JSON on standard output for each answer.")
final class ServeCommand implements Callable<Integer> {
    private static final long MIB = 1 << 20;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "RUN",
            description =
                    "A model that is kept, as models:/NAME@champion or models:/NAME/3, or [[NAME/]VERSION=]RUN: run folder,"
                            + " model file or ONNX file. Of each name the first is loaded, and the first name answers who names"
                            + " none. An administrator's call loads other versions: of a kept model any, of files those that are"
                            + " named. Without a version a file is version 1.")
    private List<String> models = List.of();

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Option(
            names = "--public-key",
            paramLabel = "FILE",
            description =
                    "The key that must have signed every model and the registry's log: what is not signed or altered is not"
                            + " loaded.")
    private @Nullable Path publicKey;

    @Mixin
    private AuditOptions audit = new AuditOptions();

    @Option(
            names = "--audit-key",
            paramLabel = "FILE",
            description = "Private key of 'unet key' for the log of --audit, where that is signed.")
    private @Nullable Path auditKey;

    @Mixin
    private IdentityOptions identity = new IdentityOptions();

    @Option(
            names = "--scaling",
            paramLabel = "NAME",
            description = "How grey levels become the input of ONNX files of other programs: lab or standard.")
    private @Nullable InputScaling scaling;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "heart",
            description = "What models of files are called that are named without. Default: ${DEFAULT-VALUE}")
    private String name = "heart";

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "Address to listen at; any but this machine's own needs --tokens. Default: ${DEFAULT-VALUE}")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "Port to listen at; 0 for any free one. Default: ${DEFAULT-VALUE}")
    private int port;

    @Option(
            names = "--tokens",
            paramLabel = "FILE",
            description =
                    "File of lines 'infer TOKEN' and 'admin TOKEN'; without it everybody on this machine may do everything.")
    private @Nullable Path tokens;

    @Option(
            names = "--key-store",
            paramLabel = "FILE",
            description =
                    "PKCS #12 file with key and certificate, for TLS; its password stands in the file of --key-password.")
    private @Nullable Path keyStore;

    @Option(
            names = "--key-password",
            paramLabel = "FILE",
            description = "File with the key store's password in its first line.")
    private @Nullable Path keyPassword;

    @Option(
            names = "--fit",
            paramLabel = "HOW",
            defaultValue = "resample",
            description =
                    "What becomes of slices of another size: exact, tile or resample, as in predict. Default: ${DEFAULT-VALUE}")
    private Fit fit = Fit.RESAMPLE;

    @Option(
            names = "--cavity",
            paramLabel = "CLASS",
            description = "Class of the left ventricle's cavity, for volumes. Default: 1 of a model of two classes")
    private @Nullable Integer cavity;

    @Option(names = "--myocardium", paramLabel = "CLASS", description = "Class of its wall, where there is one.")
    private @Nullable Integer myocardium;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "8",
            description = "Most samples that run together. Default: ${DEFAULT-VALUE}")
    private int batch;

    @Option(
            names = "--delay",
            paramLabel = "MS",
            defaultValue = "2",
            description = "How long a request waits for others to run together with. Default: ${DEFAULT-VALUE}")
    private int delay;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "64",
            description = "Requests that may wait; further ones are answered with 429. Default: ${DEFAULT-VALUE}")
    private int queue;

    @Option(
            names = "--largest",
            paramLabel = "MIB",
            defaultValue = "64",
            description =
                    "Most mebibytes of a request. All together may take four times as much. Default: ${DEFAULT-VALUE}")
    private int largest;

    @Option(
            names = "--monitor",
            paramLabel = "FILE",
            description =
                    "Observe the images that are answered, as 'unet monitor' does, and add a line for each to this file, without"
                            + " picture or name. Each full window is judged, and shown in /metrics.")
    private @Nullable Path monitor;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "200",
            description = "With --monitor: images of a window. Default: ${DEFAULT-VALUE}")
    private int window;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        ServedFiles files = files();
        if (monitor != null) {
            files.requireReferences(); // before anything is served
        }
        SegmentOptions options =
                new SegmentOptions(files.first(), fit, cavity, myocardium, identity.pseudonyms(), Main.VERSION);
        CountDownLatch ended = new CountDownLatch(1);
        try (Device on = device.open();
                Served served = start(on, files, options, out)) {
            ModelServer server = served.server();
            Thread hook = new Thread(
                    () -> {
                        server.close();
                        ended.countDown();
                    },
                    "aorta-serve-ends");
            Runtime.getRuntime().addShutdownHook(hook);
            out.printf(
                    "serving %s at %s; end it with Ctrl-C%n",
                    String.join(", ", files.first().keySet()), server.uri());
            out.flush();
            try {
                ended.await();
            } catch (InterruptedException e) {
                Runtime.getRuntime().removeShutdownHook(hook);
                throw e;
            }
        }
        return 0;
    }

    /** A server and who watches it, which is closed when all is answered. */
    private record Served(ModelServer server, @Nullable LiveMonitor monitor) implements Closeable {
        @Override
        public void close() throws IOException {
            if (monitor != null) {
                monitor.close();
            }
            server.close();
        }
    }

    private Served start(Device on, ServedFiles files, SegmentOptions options, PrintWriter out) throws IOException {
        SegmentModels models =
                new SegmentModels(files, on, scaling, new Batching(batch, Duration.ofMillis(delay), queue));
        Registry log = audit.open();
        SigningKey signer = auditKey == null ? null : SigningKey.read(auditKey);
        ModelServer server = SegmentServer.start(listening(out), models, options, (caller, model, inputs) -> {
            if (log != null) {
                synchronized (log) {
                    log.access(
                            "serve",
                            caller,
                            models.digest(model),
                            inputs.stream().map(Sha256::of).toList(),
                            signer);
                }
            }
        });
        if (monitor == null) {
            return new Served(server, null);
        }
        LiveMonitor live = new LiveMonitor(
                ObservationLog.append(monitor), window, r -> Monitor.of(r, device.seed()), server.metrics(), fit);
        models.watchedBy(live);
        return new Served(server, live);
    }

    private ServedFiles files() throws IOException {
        try {
            return new ServedFiles(
                    models, name, registry.folder(), publicKey == null ? null : PublicKeyFile.read(publicKey));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private ServerOptions listening(PrintWriter out) throws IOException {
        SSLContext tls = null;
        if (keyStore != null) {
            if (keyPassword == null) {
                throw new ParameterException(
                        Objects.requireNonNull(spec).commandLine(), "--key-store needs --key-password");
            }
            tls = ServerOptions.tls(
                    keyStore, Files.readAllLines(keyPassword).getFirst().toCharArray());
        }
        return new ServerOptions(
                new InetSocketAddress(InetAddress.getByName(host), port),
                largest * MIB,
                4L * largest * MIB,
                Duration.ofSeconds(30),
                tokens == null ? null : Tokens.read(tokens),
                tls,
                line -> {
                    synchronized (out) {
                        out.println(line);
                    }
                });
    }
}
