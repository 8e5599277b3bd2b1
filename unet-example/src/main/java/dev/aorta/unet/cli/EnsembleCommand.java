package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.model.Ensemble;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "ensemble",
        mixinStandardHelpOptions = true,
        description =
                "Puts U-Nets that were trained alike, from other seeds or on other folds of the patients, into one model file,"
                        + " whose masks are of the mean of their probabilities.")
final class EnsembleCommand implements Callable<Integer> {
    private static final int MOST = 64;

    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Run folders or model files, two or more.")
    private List<Path> runs = List.of();

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The model file to write.")
    private @Nullable Path out;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (runs.size() < 2 || runs.size() > MOST) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "an ensemble has 2 to %d models, not %d".formatted(MOST, runs.size()));
        }
        Path file = Objects.requireNonNull(out);
        if (Files.exists(file)) {
            throw new FormatException(file + ": it is there already; name another file with --out");
        }
        SequencedMap<Path, ModelConfig.Loaded> members = new LinkedHashMap<>();
        List<String> digests = new ArrayList<>();
        try (Device device = Device.cpu()) {
            for (Path run : runs) {
                Path model = RunFolder.modelOf(run);
                String digest = Sha256.of(model);
                if (digests.contains(digest)) {
                    throw new FormatException(model + ": it is the same model as one before it; name each once");
                }
                digests.add(digest);
                members.put(model, ModelConfig.load(model, device, null));
            }
            ModelConfig.Loaded ensemble = Ensemble.of(members, device);
            ensemble.config()
                    .save(
                            file,
                            ensemble.network(),
                            Map.of("aorta.members", Json.of(digests).compact()));
        }
        Objects.requireNonNull(spec)
                .commandLine()
                .getOut()
                .printf("%s: %d networks, %,d bytes%n", file, members.size(), Files.size(file));
        return 0;
    }
}
