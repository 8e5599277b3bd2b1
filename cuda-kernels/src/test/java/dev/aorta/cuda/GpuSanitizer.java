package dev.aorta.cuda;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A sample of the contract with own kernels under NVIDIA's compute-sanitizer, in a process for each of its tools.
 *
 * @see <a href="https://docs.nvidia.com/compute-sanitizer/ComputeSanitizer/index.html">its manual</a>
 */
final class GpuSanitizer {
    private static final Pattern SUMMARY = Pattern.compile("=+ (?:ERROR|RACECHECK) SUMMARY: (\\d+) .*");
    private static final int SHOWN_LINES = 20;

    private GpuSanitizer() {}

    /** What the started process does: some cases of each test in float32, TF32 and bfloat16. */
    public static void main(String[] arguments) {
        for (Class<?> contract : GpuContract.OWN) {
            System.out.println(ContractRun.of(contract));
        }
    }

    /** The program, or null. */
    static @Nullable Path program() {
        Stream<String> toolkits =
                Stream.of("CUDA_PATH", "CUDA_HOME").map(System::getenv).filter(Objects::nonNull);
        return Program.find(
                "compute-sanitizer",
                Stream.concat(
                        Stream.of(System.getenv("PATH").split(":", -1)),
                        Stream.concat(toolkits, Stream.of("/usr/local/cuda")).map(home -> home + "/bin")));
    }

    /**
     * What a tool said.
     *
     * @param errors that it counted, or null when it did not come to its end
     */
    record Result(String tool, @Nullable Integer errors, String text) {
        @Override
        public String toString() {
            return String.format("compute-sanitizer %-10s %s", tool, text);
        }
    }

    /**
     * Runs a tool.
     *
     * @param every of how many cases one runs
     */
    static Result check(@Nullable Path program, int seconds, int every, String tool) {
        if (program == null) {
            return new Result(tool, null, "not run: there is no compute-sanitizer");
        }
        var command = new ArrayList<>(List.of(program.toString(), "--tool", tool));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Daorta.contract.every=" + every));
        String path = System.getProperty("aorta.cuda.path");
        if (path != null) {
            command.add("-Daorta.cuda.path=" + path);
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), GpuSanitizer.class.getName()));
        Program.Outcome outcome = Program.run(seconds, command);
        List<String> said = outcome.lines().stream()
                .filter(line -> line.matches("=====+ \\S.*") && !line.contains("COMPUTE-SANITIZER"))
                .toList();
        said.stream().limit(SHOWN_LINES).forEach(line -> System.out.println("    " + tool + " " + line));
        String contract = String.join(
                ", ",
                outcome.lines().stream()
                        .filter(line -> line.startsWith("contract, "))
                        .toList());
        if (outcome.status() == null) {
            return new Result(
                    tool,
                    null,
                    "ended after " + seconds + " seconds, said " + said.size() + " lines until then: " + contract);
        }
        for (String line : said) {
            Matcher summary = SUMMARY.matcher(line);
            if (summary.matches()) {
                int errors = Integer.parseInt(summary.group(1));
                return new Result(tool, errors, (errors == 0 ? "clean: " : errors + " errors: ") + contract);
            }
        }
        return new Result(tool, null, "no summary, exit status " + outcome.status() + ": " + contract);
    }
}
