package dev.aorta.unet.cli;

import dev.aorta.io.FormatException;
import dev.aorta.unet.registry.Rebuild;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.signing.ModelSignature;
import dev.aorta.unet.signing.PublicKeyFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Checks a registry, its log and every file in it, or a signed folder. Each entry or file that is altered,"
                        + " missing, in another order or foreign is named, and the exit code is 1.")
final class VerifyCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIR", description = "Registry, a version in it, or a signed folder.")
    private @Nullable Path folder;

    @Option(
            names = "--public-key",
            paramLabel = "FILE",
            description =
                    "The key that must have signed: without it, whoever may write to a registry can also write its"
                            + " whole log anew. A signed folder cannot be verified without it.")
    private @Nullable Path key;

    @Option(
            names = "--rebuilds",
            paramLabel = "N",
            defaultValue = "0",
            description = "How many of the builders must have trained the model again and got the same bytes.")
    private int rebuilds;

    @Option(
            names = "--builder",
            paramLabel = "FILE",
            description = "Public key of somebody whose rebuild counts; once for each.")
    private List<Path> builders = List.of();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path what = Objects.requireNonNull(folder);
        PublicKeyFile signer = key == null ? null : PublicKeyFile.read(key);
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (rebuilds > 0 && builders.size() < rebuilds) {
            throw new ParameterException(
                    spec.commandLine(), "--rebuilds " + rebuilds + " needs as many keys with --builder");
        }
        List<String> findings = new ArrayList<>();
        if (Registry.is(what)) {
            if (rebuilds > 0) {
                throw new ParameterException(spec.commandLine(), "--rebuilds is for the folder of one model");
            }
            findings.addAll(Registry.open(what).findings(signer));
        } else if (signer != null) {
            findings.addAll(ModelSignature.verify(what, signer).stream()
                    .map(f -> what.resolve(f).toString())
                    .toList());
        } else if (rebuilds == 0) {
            throw new FormatException(
                    what + ": it is no registry; to verify a signed folder, name the key with --public-key");
        }
        if (rebuilds > 0) {
            checkRebuilds(what, findings, out);
        }
        findings.forEach(out::println);
        out.println(findings.isEmpty() ? "all is as it was left" : findings.size() + " findings");
        out.flush();
        return findings.isEmpty() ? 0 : 1;
    }

    private void checkRebuilds(Path model, List<String> findings, PrintWriter out) throws IOException {
        List<PublicKeyFile> keys = new ArrayList<>();
        for (Path builder : builders) {
            keys.add(PublicKeyFile.read(builder));
        }
        Set<String> found = Rebuild.builders(model, keys);
        found.forEach(key -> out.printf("rebuilt, equal: %s%n", key));
        if (found.size() < rebuilds) {
            findings.add(model + ": " + found.size() + " of " + rebuilds + " rebuilds; another one is made with"
                    + " 'unet reproduce --key'");
        }
    }
}
