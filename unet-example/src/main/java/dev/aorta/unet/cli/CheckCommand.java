package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.onnx.OnnxCheck;
import dev.aorta.onnx.OnnxCheck.Result;
import dev.aorta.onnx.OnnxCheck.Verdict;
import dev.aorta.onnx.OperatorTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Runs ONNX models on inputs whose outputs are known: the folders test_data_set_* beside model.onnx, or"
                        + " NAME.expected.safetensors (tensors input and output) beside NAME.onnx. A model that is wrong gives exit"
                        + " code 1; one that needs what is not supported is refused, and says what.")
final class CheckCommand implements Callable<Integer> {
    private static final String BEGIN = "<!-- made by: unet check --table -->\n";
    private static final String END = "<!-- end of the table -->";

    @Parameters(arity = "1..*", paramLabel = "FILE-OR-FOLDER", description = "ONNX files, or folders with such.")
    private List<Path> models = List.of();

    @Option(names = "--json", description = "Print one JSON array instead of lines.")
    private boolean json;

    @Option(
            names = "--table",
            paramLabel = "FILE",
            description = "Also write the table of operators into this Markdown file, between its two marks.")
    private @Nullable Path table;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        List<Result> results = new ArrayList<>();
        try (Device on = device.open()) {
            OnnxCheck check = new OnnxCheck(on);
            for (Path given : models) {
                for (Path model : OnnxCheck.models(given)) {
                    Result result = check.check(model);
                    results.add(result);
                    if (!json) {
                        out.println(line(result));
                    }
                }
            }
        }
        if (json) {
            out.print(Json.of(results.stream().map(CheckCommand::json).toList()).pretty());
        } else {
            out.printf(
                    "%d right, %d wrong, %d refused, %d untested%n",
                    count(results, Verdict.RIGHT),
                    count(results, Verdict.WRONG),
                    count(results, Verdict.REFUSED),
                    count(results, Verdict.UNTESTED));
        }
        out.flush();
        if (table != null) {
            write(table, OperatorTable.markdown(results));
        }
        return count(results, Verdict.WRONG) > 0 ? 1 : 0;
    }

    private static long count(List<Result> results, Verdict verdict) {
        return results.stream().filter(r -> r.verdict() == verdict).count();
    }

    private static String lower(Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }

    private static String line(Result r) {
        String why = r.why().isEmpty() ? "" : ": " + r.why();
        return String.format(
                Locale.ROOT, "%-8s %.1e  %s %s%s", lower(r.verdict()), r.difference(), r.model(), r.operators(), why);
    }

    private static Json json(Result r) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("model", r.model().toString());
        m.put("verdict", lower(r.verdict()));
        m.put("difference", Double.isFinite(r.difference()) ? r.difference() : null);
        m.put("why", r.why());
        m.put("operators", r.operators());
        return Json.of(m);
    }

    private static void write(Path file, String markdown) throws IOException {
        String text = Files.readString(file);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new FormatException(file + ": the table stands between the lines '" + BEGIN.strip() + "' and '" + END
                    + "', which are not there");
        }
        String whole = text.substring(0, begin + BEGIN.length()) + "\n" + markdown + "\n" + text.substring(end);
        AtomicFile.write(file, o -> o.write(whole.getBytes(StandardCharsets.UTF_8)));
    }
}
