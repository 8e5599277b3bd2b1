package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.unet.report.Report;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import java.io.IOException;
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
        name = "report",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Writes the report of a training from what is in its run folder, also while the training goes on or when"
                        + " it was stopped.")
final class ReportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "RUN", description = "Run folder.")
    private @Nullable Path folder;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the data of the training are now. Default: where they were.")
    private @Nullable Path data;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        RunFolder run = RunFolder.at(Objects.requireNonNull(folder));
        RunRecord begun = RunRecord.read(run);
        RunRecord record = begun.with(data != null ? data : begun.config().data());
        try (Device on = device.open()) {
            Path page = Report.write(run, record, on);
            Objects.requireNonNull(spec).commandLine().getOut().printf("report  %s%n", page);
        }
        return 0;
    }
}
