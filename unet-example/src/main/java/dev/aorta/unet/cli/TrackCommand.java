package dev.aorta.unet.cli;

import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.track.Tracking;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "track",
        mixinStandardHelpOptions = true,
        description = "Tells an MLflow server of trainings and models afterwards.")
final class TrackCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(Objects.requireNonNull(spec).commandLine(), "Missing command: sync");
    }

    @Command(
            name = "sync",
            mixinStandardHelpOptions = true,
            description =
                    "Sends what the server has missed of a training that was begun with --track, or of a registry.")
    int sync(
            @Parameters(paramLabel = "DIR", description = "Run folder, or registry.") Path folder,
            @Nullable
                    @Option(
                            names = "--track",
                            paramLabel = "URL",
                            description =
                                    "Another server, which shall have all of it. Default: the one that was named.")
                    String url)
            throws IOException {
        int sent = Registry.is(folder)
                ? ModelServer.sync(folder, url, Tracking.PATIENCE)
                : Tracking.sync(RunFolder.at(folder), url, Tracking.PATIENCE);
        Objects.requireNonNull(spec).commandLine().getOut().printf("%d lines sent%n", sent);
        return 0;
    }
}
