package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.unet.registry.ModelVersion;
import dev.aorta.unet.registry.Registration;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.signing.SigningKey;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "register",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Keeps the model of a run as the next version of a name, with what it was made from, a model card"
                + " (README.md, card.html) and a bill of materials (bom.cdx.json, CycloneDX 1.6).")
final class RegisterCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "RUN", description = "Run folder.")
    private @Nullable Path folder;

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "Name of the model.")
    private String name = "";

    @Option(names = "--alias", paramLabel = "ALIAS", description = "Aliases that shall stand for the new version.")
    private List<String> aliases = List.of();

    @Option(names = "--tag", paramLabel = "NAME=VALUE", description = "Tags of the new version.")
    private Map<String, String> tags = Map.of();

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Mixin
    private KeyOptions key = new KeyOptions();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the data of the training are now. Default: where they were.")
    private @Nullable Path data;

    @Option(
            names = "--track",
            paramLabel = "URL",
            description =
                    "MLflow server that is told of this registry from now on, such as http://localhost:5000. What it misses is sent"
                            + " later with 'track sync'.")
    private @Nullable String track;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        RunFolder run = RunFolder.at(Objects.requireNonNull(folder));
        RunRecord begun = RunRecord.read(run);
        RunRecord record = begun.with(data != null ? data : begun.config().data());
        SigningKey signer = key.read();
        Registry kept = Registry.create(registry.folder());
        try (Device on = device.open()) {
            ModelVersion version = Registration.of(run, record, kept, name, tags, on, signer);
            for (String alias : aliases) {
                kept.alias(name, version.number(), alias, signer);
            }
            CommandLine line = Objects.requireNonNull(spec).commandLine();
            line.getOut().printf("%s  %s%n", version, version.folder());
            ModelServer.tell(registry.folder(), track, line.getErr());
        }
        return 0;
    }
}
