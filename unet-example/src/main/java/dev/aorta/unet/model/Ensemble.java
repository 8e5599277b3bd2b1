package dev.aorta.unet.model;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.io.FormatException;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Networks of one description that were trained apart, from other seeds or on other patients, as one: the logarithms of the mean of
 * their probabilities. For inference.
 *
 * @param networks each images (N, H, W, C) to logits (N, H, W, classes)
 */
public record Ensemble(List<Layer> networks) implements Layer {
    /** Least probability that has a logarithm. */
    private static final float LEAST = 1e-9f;

    /** What the names of the parameters of network {@code member}, counted from 1, begin with, without the dot. */
    static String prefix(int member) {
        return "member" + member;
    }

    /** The logarithms of {@code sum}, of so many probabilities, divided by their number. */
    static Tensor logMean(Tensor sum, int count) {
        return sum.mul(1f / count).add(LEAST).log();
    }

    /**
     * Puts networks together, whose weights are copied. Spacings of the pixels that they were trained on may differ.
     *
     * @param files two or more networks, each by where it was read from, which is named in errors
     * @throws FormatException if they are no U-Nets, are not described alike, or one is an ensemble
     */
    public static ModelConfig.Loaded of(SequencedMap<Path, ModelConfig.Loaded> files, Device device)
            throws FormatException {
        Path first = files.firstEntry().getKey();
        ModelConfig described = bare(files.firstEntry().getValue());
        List<@Nullable TrainedSpacing> spacings = new ArrayList<>();
        for (Map.Entry<Path, ModelConfig.Loaded> file : files.entrySet()) {
            ModelConfig config = file.getValue().config();
            if (config.kind() != ModelConfig.Kind.UNET || config.members() != 1) {
                throw new FormatException("%s: it is %s; an ensemble is made of single U-Nets"
                        .formatted(
                                file.getKey(),
                                config.members() == 1
                                        ? "no U-Net"
                                        : "an ensemble itself, of %d networks".formatted(config.members())));
            }
            if (!bare(file.getValue()).equals(described)) {
                throw new FormatException(
                        "%s is described as %s, but %s as %s; the networks of an ensemble are built alike"
                                .formatted(
                                        file.getKey(),
                                        bare(file.getValue()).toJson().compact(),
                                        first,
                                        described.toJson().compact()));
            }
            spacings.add(config.spacing());
        }
        ModelConfig config = described.withMembers(
                spacings.contains(null)
                        ? null
                        : TrainedSpacing.around(
                                spacings.stream().map(Objects::requireNonNull).toList()),
                files.size());
        Layer network = config.build(device, 0);
        List<Parameter> weights = files.values().stream()
                .flatMap(f -> f.network().parameters().stream())
                .toList();
        for (int i = 0; i < weights.size(); i++) {
            network.parameters().get(i).set(weights.get(i).toArray());
        }
        return new ModelConfig.Loaded(config, network, false);
    }

    private static ModelConfig bare(ModelConfig.Loaded file) {
        return file.config().withMembers(null, file.config().members());
    }

    @Override
    public String name() {
        return "ensemble";
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Scope.networkBegins(pass.training());
        try {
            Tensor sum = networks.getFirst().forward(x, pass).softmax();
            for (Layer network : networks.subList(1, networks.size())) {
                sum = sum.add(network.forward(x, pass).softmax());
            }
            return logMean(sum, networks.size());
        } finally {
            Scope.networkEnds();
        }
    }

    @Override
    public List<Parameter> parameters() {
        return networks.stream().flatMap(n -> n.parameters().stream()).toList();
    }
}
