package dev.aorta.unet.cli;

import dev.aorta.unet.registry.ModelVersion;
import dev.aorta.unet.registry.Registry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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
        name = "models",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Lists the models that are kept, moves aliases, sets tags, deletes versions, and shows the log of it all.")
final class ModelsCommand implements Callable<Integer> {
    private static final String VERSION = "VERSION";

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Mixin
    private KeyOptions key = new KeyOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private Registry open() throws IOException {
        return Registry.open(registry.folder());
    }

    private void tell() {
        ModelServer.tell(
                registry.folder(),
                null,
                Objects.requireNonNull(spec).commandLine().getErr());
    }

    @Override
    public Integer call() throws IOException {
        for (ModelVersion v : open().versions()) {
            out().printf(
                            "%-20s  %s  %s  %s  %s  from %s%n",
                            v,
                            v.time(),
                            v.who(),
                            String.join(",", v.aliases()),
                            v.tags().isEmpty() ? "" : v.tags(),
                            v.lineage().get("run"));
        }
        out().flush();
        return 0;
    }

    @Command(
            name = "alias",
            mixinStandardHelpOptions = true,
            description = "Has an alias stand for a version: a promotion.")
    int alias(
            @Parameters(paramLabel = "NAME") String name,
            @Parameters(paramLabel = VERSION) int version,
            @Parameters(paramLabel = "ALIAS") String alias)
            throws IOException {
        open().alias(name, version, alias, key.read());
        tell();
        out().printf("models:/%s@%s is version %d%n", name, alias, version);
        return 0;
    }

    @Command(name = "tag", mixinStandardHelpOptions = true, description = "Gives a version a tag.")
    int tag(
            @Parameters(paramLabel = "NAME") String name,
            @Parameters(paramLabel = VERSION) int version,
            @Parameters(paramLabel = "TAG") String tag,
            @Parameters(paramLabel = "VALUE") String value)
            throws IOException {
        open().tag(name, version, tag, value, key.read());
        tell();
        return 0;
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            description = "Deletes the files of a version; that there was one stays in the log.")
    int delete(
            @Parameters(paramLabel = "NAME") String name,
            @Parameters(paramLabel = VERSION) int version,
            @Option(names = "--reason", required = true, paramLabel = "TEXT") String reason)
            throws IOException {
        open().delete(name, version, reason, key.read());
        tell();
        out().printf("%s/%d is deleted%n", name, version);
        return 0;
    }

    @Command(
            name = "attest",
            mixinStandardHelpOptions = true,
            description =
                    "Adds to a version what somebody says of it, such as the attestation of 'unet reproduce --key'.")
    int attest(
            @Parameters(paramLabel = "NAME") String name,
            @Parameters(paramLabel = VERSION) int version,
            @Parameters(paramLabel = "FILE") Path file)
            throws IOException {
        open().attest(name, version, file, key.read());
        return 0;
    }

    @Command(name = "log", mixinStandardHelpOptions = true, description = "Shows what was done, by whom and when.")
    int log() throws IOException {
        open().history(e -> out().printf(
                        "%4d  %s  %s  %-8s  %s%n",
                        e.number(), e.time(), e.who(), e.event(), e.what().compact()));
        out().flush();
        return 0;
    }
}
