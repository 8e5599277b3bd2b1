package dev.aorta.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The software CUDA device of src/test/cpp: built once, put where {@link CudaLibraries} looks, and asked for what it counted.
 */
final class SoftwareCuda {
    private static final Path MODULE =
            Path.of(System.getProperty("aorta.root", ".."), "cuda-kernels").toAbsolutePath();
    private static final Path OUT = MODULE.resolve("target/software-cuda");
    private static final Path PTX = MODULE.resolve("src/main/resources/dev/aorta/cuda");

    private static boolean built;

    private SoftwareCuda() {}

    /** Builds the device and makes it the one that this JVM's {@link CudaLibraries} load; skips the test without g++. */
    static synchronized void require() {
        assumeTrue(isInstalled("g++"), "skipped: the software CUDA device needs g++, which is not installed");
        if (!built) {
            build();
            built = true;
            System.setProperty("aorta.cuda.path", path("driver", "cuda12", "cudnn"));
        }
    }

    /** The named folders of the built device as a value of {@code aorta.cuda.path}. */
    static String path(String... folders) {
        return Stream.of(folders).map(f -> OUT.resolve(f).toString()).collect(Collectors.joining(":"));
    }

    /** Makes the nth call from now of a function fail with a code. */
    static void inject(String function, int nth, int code) {
        try (var arena = Arena.ofConfined()) {
            call(
                            "software_inject",
                            FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                    .invoke(arena.allocateFrom(function), nth, code);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Makes every call of a function fail with a code, until {@link #release}. */
    static void refuse(String function, int code) {
        inject(function, -1, code);
    }

    /** Lets a function work again. */
    static void release(String function) {
        inject(function, 0, 0);
    }

    /** Makes the nth call from now of a function do nothing, as if it had been forgotten. */
    static void lose(String function, int nth) {
        inject(function, nth, -1);
    }

    /** How often a function was called and not made to fail. */
    static long calls(String function) {
        try (var arena = Arena.ofConfined()) {
            return (long) call("software_calls", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS))
                    .invoke(arena.allocateFrom(function));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Bytes of live device memory. */
    static long liveBytes() {
        return number("software_live_bytes");
    }

    /** Live blocks, streams, events, modules, graphs and contexts. */
    static long liveHandles() {
        return number("software_live_handles");
    }

    /** Blocks and handles that were still alive when a context went away. */
    static long leaks() {
        return number("software_leaks");
    }

    /** Kernels that ran. */
    static long launches() {
        return number("software_launches");
    }

    /** How much memory the device has. */
    static void setMemory(long bytes) {
        try {
            call("software_set_memory", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG))
                    .invoke(bytes);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static long number(String function) {
        try {
            return (long)
                    call(function, FunctionDescriptor.of(ValueLayout.JAVA_LONG)).invoke();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle call(String function, FunctionDescriptor type) {
        SymbolLookup library = SymbolLookup.libraryLookup(OUT.resolve("driver/libcuda.so.1"), Arena.global());
        MemorySegment address = library.find(function).orElseThrow();
        return Linker.nativeLinker().downcallHandle(address, type);
    }

    static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(":", -1)).anyMatch(d -> Files.isExecutable(Path.of(d, program)));
    }

    /** Builds what is not built or is out of date, once for all JVMs that test at the same time. */
    private static void build() {
        Path stamp = OUT.resolve("built");
        try {
            Files.createDirectories(OUT);
            try (var file = FileChannel.open(OUT.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = file.lock()) {
                if (!Files.exists(stamp) || newerThan(stamp)) {
                    compile();
                    Files.writeString(stamp, "");
                }
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void compile() throws IOException, InterruptedException {
        Path log = OUT.resolve("build.log");
        Process process = new ProcessBuilder(
                        "bash", MODULE.resolve("src/test/cpp/build.sh").toString(), PTX.toString(), OUT.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new AssertionError("the software CUDA device does not build:\n" + Files.readString(log));
        }
    }

    private static boolean newerThan(Path stamp) throws IOException {
        for (Path root : List.of(MODULE.resolve("src/test/cpp"), MODULE.resolve("src/main/cuda"), PTX)) {
            try (Stream<Path> files = Files.walk(root)) {
                if (files.anyMatch(
                        f -> f.toFile().lastModified() > stamp.toFile().lastModified())) {
                    return true;
                }
            }
        }
        return false;
    }
}
