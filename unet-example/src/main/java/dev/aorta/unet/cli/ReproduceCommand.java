package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.io.FormatException;
import dev.aorta.train.CsvLog;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.registry.Rebuild;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.signing.SigningKey;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "reproduce",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Trains again what a run folder describes, at the same vector width, and compares: exit code 0 when the"
                        + " model and the metrics have the same bytes, 1 when not. With --key it says so, signed, in the"
                        + " folder attestations of the run, or of the new one where the first is kept in a registry.")
final class ReproduceCommand implements Callable<Integer> {
    private static final String SIMD = "aorta.simd";

    @Parameters(index = "0", paramLabel = "RUN", description = "Run folder of a training that has ended.")
    private @Nullable Path folder;

    @Option(names = "--out", paramLabel = "DIR", description = "Run folder to make. Default: RUN-again")
    private @Nullable Path out;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the data of the training are now. Default: where they were.")
    private @Nullable Path data;

    @Mixin
    private KeyOptions key = new KeyOptions();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        RunFolder first = RunFolder.at(Objects.requireNonNull(folder));
        RunRecord begun = RunRecord.read(first);
        int trained =
                Files.exists(first.metrics()) ? CsvLog.read(first.metrics()).size() : 0;
        if (trained < begun.config().epochs()) {
            throw new FormatException(
                    first.folder() + ": " + trained + " of " + begun.config().epochs()
                            + " epochs are trained; end the training first, with: unet train --resume");
        }
        RunRecord record = begun.with(data != null ? data : begun.config().data());
        try (Device on = device.open(record.device())) {
            if (on.backend().simd().equals(record.simd())) {
                return again(first, record, on);
            }
            if (System.getProperty(SIMD) != null || record.simd().isEmpty()) {
                throw new FormatException(
                        first.config() + ": the training ran on " + record.device() + " at vector width '"
                                + record.simd() + "', and here it is '"
                                + on.backend().simd() + "'; name that device with --device"
                                + " and leave property " + SIMD + " out");
            }
        }
        print().printf("vector width %s, as then%n", record.simd());
        print().flush();
        return inAProcess(record.simd());
    }

    private int again(RunFolder first, RunRecord record, Device on) throws IOException {
        SigningKey signer = key.read();
        boolean inRegistry = Registry.around(first.folder()) != null;
        if (inRegistry && out == null) {
            throw new FormatException(first.folder() + ": it is a version of a registry; name a folder with --out");
        }
        Path target =
                out != null ? out : first.folder().resolveSibling(first.folder().getFileName() + "-again");
        try (RunFolder second = RunFolder.create(target)) {
            RunRecord now = RunRecord.begin(record.config(), on, record.command(), ProcessGroup.alone());
            String java = now.environment().get("java");
            if (!Objects.equals(java, record.environment().get("java"))) {
                print().printf(
                                "note: Java is %s and was %s%n",
                                java, record.environment().get("java"));
            }
            int code = new Session(Objects.requireNonNull(spec), second, on).train(now, false, ProcessGroup.alone());
            if (code != 0) {
                return code;
            }
            boolean model = same(first.model(), second.model());
            boolean metrics = same(first.metrics(), second.metrics());
            if (model && metrics && signer != null) {
                RunFolder beside = inRegistry ? second : first;
                print().printf("attested           %s%n", Rebuild.attest(first, second, beside, signer));
            }
            return model && metrics ? 0 : 1;
        }
    }

    private boolean same(Path first, Path second) throws IOException {
        boolean same = Files.mismatch(first, second) < 0;
        print().printf(
                        "%-18s %s  sha256 %s%s%n",
                        first.getFileName(),
                        same ? "the same bytes" : "DIFFERENT",
                        Sha256.of(first),
                        same ? "" : ", now " + Sha256.of(second));
        return same;
    }

    /** This command in a process of that vector width, which a process cannot change. */
    private int inAProcess(String simd) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-D" + SIMD + "=" + simd, "-cp", System.getProperty("java.class.path")));
        command.add(Main.class.getName());
        command.addAll(Objects.requireNonNull(spec)
                .root()
                .commandLine()
                .getParseResult()
                .originalArgs());
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private PrintWriter print() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }
}
