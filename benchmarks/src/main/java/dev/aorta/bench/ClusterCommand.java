package dev.aorta.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.aorta.cluster.PendingSum;
import dev.aorta.cluster.ProcessGroup;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code bench cluster}. */
@Command(
        name = "cluster",
        description =
                "Times the sum of a gradient over processes that were started with RANK, WORLD_SIZE, MASTER_ADDR and"
                        + " MASTER_PORT (benchmarks/cluster-links starts them), or says what a model of links makes of many machines.")
final class ClusterCommand implements Callable<Integer> {
    private static final int PARTS = 20;

    @Option(
            names = "--floats",
            paramLabel = "N",
            description = "numbers in the gradient (default: those of the U-Net at base 32)")
    private int floats = 7_759_554;

    @Option(names = "--rounds", description = "sums that are timed, after 3 that are not (default: ${DEFAULT-VALUE})")
    private int rounds = 20;

    @Option(
            names = "--backward",
            paramLabel = "MS",
            description =
                    "a backward pass of so long on a device that leaves the processor alone: the gradient comes in "
                            + PARTS + " parts,"
                            + " the last numbers first, each of which is summed while the others are computed")
    private double backward;

    @Option(
            names = "--simulate",
            split = ",",
            paramLabel = "STEP",
            description =
                    "a step of one machine, to be simulated on 1 to 512 machines: NETWORKxBATCH, as unet-32x4 or resnet50x8, which is"
                            + " measured here first, or milliseconds, with --floats")
    private List<String> steps = List.of();

    @Option(
            names = "--gigabits",
            split = ",",
            paramLabel = "G",
            description = "speeds of the simulated links (default: 1, 10, 100)")
    private List<Double> gigabits = List.of(1.0, 10.0, 100.0);

    @Option(
            names = "--latency",
            paramLabel = "MS",
            description = "of the simulated links, one way (default: ${DEFAULT-VALUE})")
    private double latency = 0.1;

    @Option(
            names = "--beyond",
            paramLabel = "SHARE",
            description =
                    "what a simulated sum takes beyond the wire's time, as 'cluster-links' measured it (default: ${DEFAULT-VALUE})")
    private double beyond = 0.1;

    @Option(
            names = "--per-megabyte",
            paramLabel = "MS",
            description = "of a processor, for a million bytes that are sent and received (default: ${DEFAULT-VALUE})")
    private double perMegabyte = 1.7;

    @Option(
            names = "--per-machine",
            paramLabel = "MS",
            description = "of a processor, for each other machine (default: ${DEFAULT-VALUE})")
    private double perMachine = 0.5;

    @Option(
            names = "--cores",
            paramLabel = "N",
            description =
                    "of a simulated machine, which the sum takes from the step; 0 for a step on a GPU (default: those of this machine)")
    private int cores = Runtime.getRuntime().availableProcessors();

    @Option(names = "--seconds", description = "of warm-up, and again of measurement (default: ${DEFAULT-VALUE})")
    private double seconds = 20;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!steps.isEmpty()) {
            Clusters clusters = new Clusters(latency, beyond, perMegabyte, perMachine, cores);
            for (String step : steps) {
                clusters.print(
                        step.matches("[0-9.]+")
                                ? new Clusters.Step("given", Double.parseDouble(step), floats)
                                : Clusters.Step.measured(
                                        step, Runtime.getRuntime().availableProcessors(), seconds),
                        gigabits);
            }
            return 0;
        }
        try (ProcessGroup group = ProcessGroup.fromEnvironment()) {
            measure(group);
        }
        return 0;
    }

    private void measure(ProcessGroup group) throws InterruptedException {
        float[] values = new float[floats];
        double[] ms = new double[rounds];
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long processor = 0;
        for (int i = -3; i < rounds; i++) {
            Arrays.fill(values, 1f / group.size());
            if (i == 0) {
                processor = -system.getProcessCpuTime();
            }
            long begin = System.nanoTime();
            step(group, values);
            if (i >= 0) {
                ms[i] = (System.nanoTime() - begin) / 1e6;
            }
        }
        processor += system.getProcessCpuTime();
        Arrays.sort(ms);
        if (group.rank() == 0) {
            System.out.printf(
                    Locale.ROOT,
                    "%d processes, %,d floats: best %.1f ms, median %.1f ms, %.1f ms of a processor in this one; at least %,d bytes a sum and process each way%n",
                    group.size(),
                    floats,
                    ms[0],
                    ms[rounds / 2],
                    processor / 1e6 / rounds,
                    Clusters.wireBytes(floats, group.size()));
        }
    }

    private void step(ProcessGroup group, float[] values) throws InterruptedException {
        PendingSum sum = group.begin(values);
        for (int part = PARTS; part > 0; part--) {
            Thread.sleep(Duration.ofNanos((long) (backward / PARTS * 1e6)));
            sum.ready((int) ((long) floats * (part - 1) / PARTS), (int) ((long) floats * part / PARTS));
        }
        sum.await();
    }
}
