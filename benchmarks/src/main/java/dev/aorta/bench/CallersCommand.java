package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.Tensor;
import dev.aorta.nn.Model;
import dev.aorta.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench callers}: what one model answers when several threads ask it. */
@Command(
        name = "callers",
        description =
                "Measures how many inferences a second one model makes for 1 to 8 callers, by what a caller may use.")
final class CallersCommand implements Callable<Integer> {
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final int[] CALLERS = {1, 2, 4, 8};

    @Parameters(paramLabel = "CASE", arity = "0..1", description = "NETWORKxBATCH (default: ${DEFAULT-VALUE})")
    private String name = "unet-16x1";

    @Option(names = "--seconds", description = "of each measurement (default: ${DEFAULT-VALUE})")
    private double seconds = 3;

    @Option(names = "--rounds", description = "of which the medians are taken (default: ${DEFAULT-VALUE})")
    private int rounds = 5;

    /** How callers share the machine. */
    private record Way(String what, Device device, Model model) {}

    @Override
    public Integer call() {
        Case asked = Case.of(name);
        Batch batch = Batch.random(asked.batch(), 2);
        try (Device all = Device.cpu(CORES);
                Device one = Device.cpu(1);
                Model together = model(asked, all);
                Model apart = model(asked, one)) {
            List<Way> ways = List.of(new Way("all threads", all, together), new Way("a thread each", one, apart));
            double[][][] rates = new double[ways.size()][CALLERS.length][rounds];
            for (int round = -1; round < rounds; round++) { // the first warms up
                for (int w = 0; w < ways.size(); w++) {
                    for (int c = 0; c < CALLERS.length; c++) {
                        double rate = rate(ways.get(w), batch, CALLERS[c]);
                        rates[w][c][Math.max(0, round)] = rate;
                    }
                }
            }
            print(ways, rates);
        }
        return 0;
    }

    private static Model model(Case asked, Device device) {
        return Model.of(() -> asked.network().model(device));
    }

    /** Images a second. */
    private double rate(Way way, Batch batch, int callers) {
        long begin = System.nanoTime();
        long end = begin + (long) (seconds * 1e9);
        int done = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            List<Future<Integer>> counts = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                counts.add(threads.submit(() -> {
                    int count = 0;
                    for (; System.nanoTime() < end; count++) {
                        way.model().run(network -> {
                            int side = batch.side();
                            Tensor x = Tensor.of(way.device(), batch.images(), batch.size(), side, side, 1);
                            return network.forward(x, Pass.INFERENCE).toArray().length;
                        });
                    }
                    return count;
                }));
            }
            for (Future<Integer> count : counts) {
                done += count.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("a caller did not finish", e);
        }
        return done * batch.size() * 1e9 / (System.nanoTime() - begin);
    }

    private static void print(List<Way> ways, double[][][] rates) {
        double[][] medians = new double[ways.size()][CALLERS.length];
        double best = 0;
        for (int w = 0; w < medians.length; w++) {
            for (int c = 0; c < CALLERS.length; c++) {
                double[] sorted = rates[w][c].clone();
                Arrays.sort(sorted);
                medians[w][c] = sorted[sorted.length / 2];
                best = Math.max(best, medians[w][c]);
            }
        }
        System.out.printf("%-16s %8s %10s %8s%n", "", "callers", "images/s", "of best");
        for (int w = 0; w < medians.length; w++) {
            for (int c = 0; c < CALLERS.length; c++) {
                System.out.printf(
                        Locale.ROOT,
                        "%-16s %8d %10.1f %8.2f%n",
                        ways.get(w).what(),
                        CALLERS[c],
                        medians[w][c],
                        medians[w][c] / best);
            }
        }
    }
}
