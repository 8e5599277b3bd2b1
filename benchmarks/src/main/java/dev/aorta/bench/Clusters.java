package dev.aorta.bench;

import dev.aorta.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.stat.StatUtils;

/**
 * What links make of a step on many machines: a forward pass, and then the sum beside a backward pass of twice the time. The sum takes
 * the wire's time, by so much more as was measured, and two rounds of messages; beside that it takes a processor, for each byte and for
 * each other machine, which a step on processors waits for.
 *
 * @param latency one way, ms
 * @param beyond time beyond the wire's, as a share of that
 * @param perMegabyte ms of one processor for 10^6 bytes each way
 * @param perMachine ms of one processor for each other machine
 * @param cores that share this; 0 where the step is computed by another device
 */
record Clusters(double latency, double beyond, double perMegabyte, double perMachine, int cores) {
    /** A step of one machine. */
    record Step(String name, double ms, int floats) {
        /** Measures a case here, for so many seconds after as many of warm-up. */
        static Step measured(String name, int threads, double seconds) {
            Device device = Device.cpu(threads);
            String network = Case.networkOf(name);
            int batch = Case.batchOf(name);
            try (Aorta aorta = Imported.isOfZoo(network)
                    ? TrainedZoo.of(Imported.architecture(network), batch, Imported.SIDE, device)
                    : new Aorta(Case.of(name).network(), Batch.random(batch, 2), device)) {
                return new Step(name, median(aorta::step, seconds), aorta.parameters());
            }
        }

        private static double median(Runnable step, double seconds) {
            times(step, seconds);
            return StatUtils.percentile(times(step, seconds), 50);
        }

        private static double[] times(Runnable step, double seconds) {
            List<Double> times = new ArrayList<>();
            long end = System.nanoTime() + (long) (seconds * 1e9);
            for (long begin = System.nanoTime(); begin < end; begin = System.nanoTime()) {
                step.run();
                times.add((System.nanoTime() - begin) / 1e6);
            }
            return times.stream().mapToDouble(t -> t).toArray();
        }
    }

    /** What each process must send, and receive, in a sum: {@code 2 (n - 1) / n} of the array. */
    static long wireBytes(int floats, int machines) {
        return 2L * (machines - 1) * floats * Float.BYTES / machines;
    }

    /**
     * The throughput of machines as a share of so many times that of one.
     *
     * @param bytes of a number that travels
     * @param rounds steps between two sums
     */
    double share(Step step, int machines, double gigabits, double bytes, int rounds) {
        if (machines == 1) {
            return 1;
        }
        double sent = wireBytes(step.floats, machines) * bytes / Float.BYTES;
        double sum = sent * 8 / (gigabits * 1e6) * (1 + beyond) + 2 * latency;
        double processor = cores == 0 ? 0 : (sent / 1e6 * perMegabyte + (machines - 1) * perMachine) / cores;
        double all = step.ms * rounds;
        double hidden =
                rounds == 1 ? step.ms * 2 / 3 : 0; // what changes weights after some steps cannot wait for the next
        return all / (all - hidden + Math.max(hidden, sum) + processor);
    }

    /** The table of a step. */
    void print(Step step, List<Double> gigabits) {
        System.out.printf(
                Locale.ROOT,
                "%n%s: a step of %.1f ms, %,d floats; share of the best throughput%n%-9s",
                step.name,
                step.ms,
                step.floats,
                "machines");
        for (double g : gigabits) {
            System.out.printf(Locale.ROOT, "%12s%10s%10s", g + " Gbit/s", "16 bits", "4 local");
        }
        System.out.println();
        for (int machines = 1; machines <= 512; machines *= 2) {
            System.out.printf("%-9d", machines);
            for (double g : gigabits) {
                System.out.printf(
                        Locale.ROOT,
                        "%12.2f%10.2f%10.2f",
                        share(step, machines, g, Float.BYTES, 1),
                        share(step, machines, g, Short.BYTES, 1),
                        share(step, machines, g, Float.BYTES, 4));
            }
            System.out.println();
        }
    }
}
