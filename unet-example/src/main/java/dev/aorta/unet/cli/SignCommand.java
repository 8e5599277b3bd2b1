package dev.aorta.unet.cli;

import dev.aorta.io.FormatException;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.signing.ModelSignature;
import dev.aorta.unet.signing.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "sign",
        mixinStandardHelpOptions = true,
        description =
                "Signs all files of a folder, such as a run, into its file model.sig, as OpenSSF Model Signing 1.0"
                        + " describes it; other programs of that standard can verify it.")
final class SignCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIR", description = "Run folder, or any other.")
    private @Nullable Path folder;

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "Private key of 'unet key'.")
    private @Nullable Path key;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path what = Objects.requireNonNull(folder);
        if (!Files.isDirectory(what)) {
            throw new FormatException(what + ": there is no such folder");
        }
        if (Registry.around(what) != null) {
            throw new FormatException(
                    what + ": it is a version of a registry, which is signed when it is registered, with"
                            + " 'unet register --key'");
        }
        Path file = ModelSignature.sign(what, SigningKey.read(Objects.requireNonNull(key)));
        Objects.requireNonNull(spec)
                .commandLine()
                .getOut()
                .printf(
                        "%s  %d files%n",
                        file, ModelSignature.manifest(what).digests().size());
        return 0;
    }
}
