package dev.aorta.bench;

import dev.aorta.bench.MachineCode.Product;
import dev.aorta.jmhgate.Host;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code bench lowprecision}: what instructions of fewer bits could gain, which the Vector API does not offer. */
@Command(
        name = "lowprecision",
        description = {
            "Measures products of bfloat16 and int8 in machine code that is written at run time: their peak in registers, and"
                    + " sums of products of what comes from a cache or from memory.",
            "Linux on x86-64 with AVX512_BF16 and AVX512_VNNI alone."
        })
final class LowPrecisionCommand implements Callable<Integer> {
    private static final int LOOPS = 2_000_000;
    private static final long LEAST = 1L << 30; // bytes that are read at a time

    @Option(names = "--threads", description = "beside one (default: all processors)")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--rounds", description = "of which the fastest counts (default: ${DEFAULT-VALUE})")
    private int rounds = 15;

    @Option(
            names = "--cache",
            paramLabel = "KiB",
            description = "that stay in it, a thread (default: ${DEFAULT-VALUE})")
    private int cache = 1024;

    @Option(
            names = "--memory",
            paramLabel = "MiB",
            description = "that no cache holds, a thread (default: ${DEFAULT-VALUE})")
    private int memory = 512;

    @Option(names = "--out", paramLabel = "FILE", description = "JSON results (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("benchmarks/target/lowprecision.json");

    /** Code to time, and how many products a turn of its loop makes of how many bytes. */
    private record Loop(String name, MethodHandle code, int products, int bytes) {
        static Loop of(String name, byte[] code, int bits, int bytes) {
            int numbers = bytes * Byte.SIZE / bits;
            return new Loop(name, MachineCode.function(code), MachineCode.CHAINS * numbers, MachineCode.CHAINS * bytes);
        }

        void run(MemorySegment numbers, long turns) {
            try {
                code.invokeExact(numbers, turns);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        MachineCode.require(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Host.field(Path.of("/proc/cpuinfo"), "flags"));
        List<Map<String, Object>> results = new ArrayList<>();
        System.out.printf(
                "%-40s %9s %6s %9s %6s%n",
                "10^9 multiply-adds a second", "1 thread", "ratio", threads + " threads", "ratio");
        List<Loop> registers = new ArrayList<>();
        for (Product p : Product.values()) {
            registers.add(Loop.of(p.instruction, MachineCode.products(p), p.bits, 64));
        }
        measure("registers", registers, 0, results);
        List<Loop> streams = List.of(
                Loop.of("vfmadd231ps", MachineCode.stream(Product.FLOAT32), 32, 64),
                Loop.of("vdpbf16ps", MachineCode.stream(Product.BFLOAT16), 16, 64),
                Loop.of("bfloat16 widened, vfmadd231ps", MachineCode.widened(), 16, 32),
                Loop.of("vpdpbusd", MachineCode.stream(Product.INT8), 8, 64));
        measure(cache + " KiB", streams, cache * 1024L, results);
        measure(memory + " MiB", streams, memory * 1024L * 1024, results);
        Machine.write(out, Map.of("threads", threads, "results", results));
        return 0;
    }

    private void measure(String where, List<Loop> loops, long bytes, List<Map<String, Object>> results) {
        double[][] rates = new double[2][loops.size()];
        try (Arena arena = Arena.ofShared();
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<MemorySegment> numbers = IntStream.range(0, threads)
                    .mapToObj(t -> arena.allocate(Math.max(bytes, 64), 64))
                    .toList();
            for (int r = 0; r < rounds; r++) {
                for (int i = 0; i < loops.size(); i++) {
                    rates[0][i] = Math.max(rates[0][i], rate(loops.get(i), numbers.subList(0, 1), bytes, pool));
                    rates[1][i] = Math.max(rates[1][i], rate(loops.get(i), numbers, bytes, pool));
                }
            }
        }
        for (int i = 0; i < loops.size(); i++) {
            String name = loops.get(i).name;
            System.out.printf(
                    Locale.ROOT,
                    "%-40s %9.1f %6.2f %9.1f %6.2f%n",
                    where + ", " + name,
                    rates[0][i],
                    rates[0][i] / rates[0][0],
                    rates[1][i],
                    rates[1][i] / rates[1][0]);
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("from", where);
            row.put("loop", name);
            row.put("oneThread", rates[0][i]);
            row.put("allThreads", rates[1][i]);
            results.add(row);
        }
    }

    /** 10^9 products a second of a thread for each of the numbers; registers alone where these have no bytes. */
    private static double rate(Loop loop, List<MemorySegment> numbers, long bytes, ExecutorService pool) {
        long turns = bytes == 0 ? LOOPS : bytes / loop.bytes;
        long calls = bytes == 0 ? 1 : Math.max(1, LEAST / bytes);
        long start = System.nanoTime();
        List<? extends Future<?>> running = numbers.stream()
                .map(n -> pool.submit(() -> {
                    for (long i = 0; i < calls; i++) {
                        loop.run(n, turns);
                    }
                }))
                .toList();
        try {
            for (Future<?> f : running) {
                f.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("a loop did not finish", e);
        }
        return (double) loop.products * turns * calls * numbers.size() / (System.nanoTime() - start);
    }
}
