package dev.aorta.unet.cli;

import dev.aorta.unet.signing.SigningKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "key",
        mixinStandardHelpOptions = true,
        description =
                "Makes a key pair to sign with: the private key in FILE, which only you may read, the public key in"
                        + " FILE.pub, which you give to whoever shall verify. Nothing that is there is replaced.")
final class KeyCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "The file to make.")
    private @Nullable Path file;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path target = Objects.requireNonNull(file);
        SigningKey key = SigningKey.create(target);
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.printf("private  %s (keep it)%npublic   %s%n", target, SigningKey.publicFile(target));
        out.printf("sha256   %s%n", key.publicKey().fingerprint());
        return 0;
    }
}
