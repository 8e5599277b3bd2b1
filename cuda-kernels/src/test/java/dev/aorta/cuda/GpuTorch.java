package dev.aorta.cuda;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.cuda.GpuRows.Row;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The U-Net in PyTorch on the same machine, by unet_torch.py, and how it compares. */
final class GpuTorch {
    private static final int GRACE = 20; // seconds for what was begun in time

    private final GpuTimings.Plan plan;
    private final GpuRows rows = new GpuRows();
    private final Set<Integer> otherNetworks = new LinkedHashSet<>(); // bases of what is not our U-Net

    GpuTorch(GpuTimings.Plan plan) {
        this.plan = plan;
    }

    /** The active environment's Python, else the first of the PATH, or null. */
    static @Nullable Path python() {
        return Program.find(
                "python3",
                Stream.concat(
                        Stream.of("VIRTUAL_ENV", "CONDA_PREFIX")
                                .map(System::getenv)
                                .filter(Objects::nonNull)
                                .map(home -> home + "/bin"),
                        Stream.of(System.getenv("PATH").split(":", -1))));
    }

    /** One row a figure, as {@link GpuTimings#measure}; one that says why where PyTorch cannot be had. */
    List<Row> measure(@Nullable Path python, String device) throws FormatException {
        if (python == null) {
            rows.missing("U-Net", "torch", "not measured: there is no python3");
            return rows.all();
        }
        var command = new ArrayList<>(List.of(python.toString(), script(), "--device", device));
        command.addAll(
                List.of("--side", "" + plan.size(), "--depth", "" + plan.depth(), "--millis", "" + plan.millis()));
        command.addAll(List.of("--seconds", "" + plan.torchSeconds(), "--sizes"));
        command.addAll(sizes());
        Program.Outcome outcome = Program.run(plan.torchSeconds() + GRACE, command);
        for (String line : outcome.lines()) {
            if (line.startsWith("{")) {
                read(line);
            }
        }
        if (outcome.status() == null) {
            rows.missing(
                    "U-Net", "torch", "the rest was not measured: " + plan.torchSeconds() + " seconds were used up");
        } else if (outcome.status() != 0) {
            rows.missing("U-Net", "torch", "python3 ended with status " + outcome.status());
        }
        return rows.all();
    }

    private static String script() {
        try {
            return Path.of(Objects.requireNonNull(GpuTorch.class.getResource("unet_torch.py"))
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** The largest and the smallest first, for time may run out. */
    private Set<String> sizes() {
        var sizes = new LinkedHashSet<String>();
        sizes.add(plan.bases().getLast() + "x" + plan.batches().getLast());
        sizes.add(plan.bases().getFirst() + "x" + plan.batches().getFirst());
        plan.bases().forEach(base -> plan.batches().forEach(batch -> sizes.add(base + "x" + batch)));
        return sizes;
    }

    private void read(String line) throws FormatException {
        Json j = Json.parse(line.getBytes(StandardCharsets.UTF_8));
        if (j.asObject().containsKey("missing")) {
            rows.missing("U-Net", "torch", "not measured: " + j.get("missing").asText());
        } else if (j.asObject().containsKey("torch")) {
            rows.missing(
                    "U-Net",
                    "torch",
                    "PyTorch " + j.get("torch").asText() + " on "
                            + j.get("device").asText());
        } else if (j.asObject().containsKey("parameters")) {
            check(j.get("base").asInt(), j.get("parameters").asInt());
        } else {
            int base = j.get("base").asInt();
            int batch = j.get("batch").asInt();
            String how = "torch " + j.get("how").asText();
            String what = GpuTimings.network(base, batch, plan.size());
            if (j.asObject().containsKey("error")) {
                rows.missing(what, how, j.get("error").asText());
            } else if (!otherNetworks.contains(base)) {
                rows.measured(
                        what + " " + j.get("what").asText(), how, j.get("ms").asDouble(), batch * 1000.0, "images/s");
            }
        }
    }

    private void check(int base, int theirs) {
        try (Device cpu = Device.cpu(1);
                Scope scope = Scope.open()) {
            int ours = new CheckNet(cpu, base, plan.depth())
                    .parameters().stream().mapToInt(p -> p.shape().size()).sum();
            if (ours != theirs && otherNetworks.add(base)) {
                rows.missing("U-Net base " + base, "torch", theirs + " parameters there and " + ours + " here");
            }
        }
    }

    /**
     * PyTorch's figure against the fastest of ours for the same.
     *
     * @param what ours
     * @param ours how
     * @param theirs how
     * @param faster how many times
     */
    record Ratio(String what, String ours, String theirs, double faster) {
        Map<String, Object> json() {
            return Map.of("what", what, "ours", ours, "theirs", theirs, "times faster", faster);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%-52s %-24s %10s times faster than %s", what, ours, faster, theirs);
        }
    }

    /** One for each figure of PyTorch; ours is the fastest way of all. */
    static List<Ratio> ratios(List<Row> ours, List<Row> torch) {
        var ratios = new ArrayList<Ratio>();
        for (Row theirs : torch) {
            Row best = null;
            double least = Double.POSITIVE_INFINITY;
            for (Row row : ours) {
                Double ms = row.ms();
                if (row.what().equals(theirs.what()) && ms != null && ms < least) {
                    best = row;
                    least = ms;
                }
            }
            Double ms = theirs.ms();
            if (best != null && ms != null) {
                ratios.add(new Ratio(best.what(), best.how(), theirs.how(), GpuRows.rounded(ms / least)));
            }
        }
        return ratios;
    }
}
