package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.unet.certify.Certificate;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "certify",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures whether a model meets requirements, and writes a report with the evidence: certificate.json,"
                        + " certificate.html and, with --key, certificate.sig. The exit code is 0 when all are met, and 1 otherwise.")
final class CertifyCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "RUN",
            description = "Run folder, model file, or a model that is kept, as models:/NAME@champion.")
    private @Nullable String model;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with val_images.tfrecords, or a TFRecord file.")
    private @Nullable Path data;

    @Option(names = "--requirements", paramLabel = "FILE", description = "What is required, as YAML.")
    private @Nullable Path requirements;

    @Mixin
    private PixelOptions pixels = new PixelOptions();

    @Option(names = "--out", paramLabel = "DIR", description = "Folder to make. Default: certificate")
    private Path out = Path.of("certificate");

    @Option(
            names = "--recheck",
            paramLabel = "REPORT",
            description = "Only compute a certificate.json again from its evidence.")
    private @Nullable Path recheck;

    @Option(
            names = "--public-key",
            paramLabel = "FILE",
            description = "With --recheck: the key that must have signed the report.")
    private @Nullable Path publicKey;

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Mixin
    private KeyOptions key = new KeyOptions();

    @Mixin
    private AuditOptions audit = new AuditOptions();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (recheck != null) {
            return print(Certificate.recheck(recheck, publicKey == null ? null : PublicKeyFile.read(publicKey)));
        }
        if (model == null || data == null || requirements == null) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "certify needs RUN, --data and --requirements, or --recheck");
        }
        Path file = RunFolder.modelOf(
                Registry.isUri(model)
                        ? Registry.open(registry.folder()).resolve(model).folder()
                        : Path.of(model));
        Path records = Files.isDirectory(data) ? data.resolve(SliceFolder.VALIDATION) : data;
        SigningKey signer = key.read();
        try (Device on = device.open()) {
            audit.record("certify", file, List.of(records), signer);
            Certificate certificate = Certificate.measure(file, records, pixels.type(), requirements, on);
            OutputFolder.fill(out, () -> certificate.write(out, signer));
            return print(certificate);
        }
    }

    private int print(Certificate certificate) throws IOException {
        PrintWriter print = Objects.requireNonNull(spec).commandLine().getOut();
        certificate.lines().forEach(print::println);
        print.println(certificate.passed() ? "all requirements are met" : "not all requirements are met");
        print.flush();
        return certificate.passed() ? 0 : 1;
    }
}
