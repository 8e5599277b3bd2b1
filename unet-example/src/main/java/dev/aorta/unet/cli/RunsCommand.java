package dev.aorta.unet.cli;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.report.RunSummary;
import dev.aorta.unet.report.RunTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "runs",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Lists trainings: what they came to, and the settings in which they differ.")
final class RunsCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "DIR",
            defaultValue = "runs",
            description = "Folder with run folders. Default: runs")
    private @Nullable Path folder;

    @Option(
            names = "--where",
            paramLabel = "CONDITION",
            description =
                    "Only those for which it holds, as val_dice>=0.9, loss=ce or seed!=42; several must all hold.")
    private List<String> conditions = List.of();

    @Option(names = "--sort", paramLabel = "NAME", description = "The largest first, as val_dice. Default: by folder")
    private @Nullable String sort;

    @Option(
            names = "--columns",
            paramLabel = "NAME,…",
            split = ",",
            description = "These columns: those of the metrics, and members of config.json, as environment.git.")
    private List<String> columns = List.of();

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Also write a page, with the curves of all in one chart.")
    private @Nullable Path html;

    @Option(names = "--json", description = "Print all that is known as one JSON array.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path root = Objects.requireNonNull(folder);
        if (!Files.isDirectory(root)) {
            throw new FormatException(root + ": there is no such folder; name one with runs of 'unet train'");
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        List<RunSummary> runs = new ArrayList<>();
        int failed = 0;
        for (Path run : RunSummary.folders(root)) {
            try {
                runs.add(RunSummary.read(run));
            } catch (IOException e) {
                Main.report(e, spec.commandLine().getErr());
                failed++;
            }
        }
        List<RunSummary> chosen = runs;
        for (String condition : conditions) {
            chosen = RunTable.where(chosen, condition);
        }
        RunTable table = columns.isEmpty() ? RunTable.of(chosen) : new RunTable(chosen, columns);
        RunTable shown = sort == null ? table : table.sortedBy(sort);
        if (json) {
            out.print(Json.of(shown.runs().stream().map(RunSummary::facts).toList())
                    .pretty());
        } else {
            shown.lines().forEach(out::println);
        }
        if (html != null) {
            byte[] page = shown.page().getBytes(StandardCharsets.UTF_8);
            AtomicFile.write(html, o -> o.write(page));
        }
        out.flush();
        return failed == 0 ? 0 : 1;
    }
}
