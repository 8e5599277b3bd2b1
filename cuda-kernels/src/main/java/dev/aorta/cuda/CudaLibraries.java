package dev.aorta.cuda;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import org.jspecify.annotations.Nullable;

/**
 * The shared libraries of this process: the driver, which must be there, and cuBLAS and cuDNN, which may be.
 *
 * @param search where they were looked for
 * @param driver libcuda.so.1
 * @param cublas libcublas.so.12 or .13, null when there is none
 * @param cudnn libcudnn.so.9, null when there is none
 */
record CudaLibraries(
        LibrarySearch search,
        Path driver,
        @Nullable Path cublas,
        @Nullable Path cudnn) {
    private static final String LINKED_CUBLAS = "libcublas.so.12";
    private static final List<String> CUBLAS_NAMES = List.of(LINKED_CUBLAS, "libcublas.so.13");
    private static final List<String> CUDNN_NAMES = List.of("libcudnn.so.9");
    private static final List<String> COMPILERS = List.of("libnvrtc.so.12", "libnvrtc.so.13");

    private static @Nullable CudaLibraries loaded;
    private static @Nullable String failure;

    /**
     * Finds and loads the libraries, once in the life of the process.
     *
     * @throws CudaException saying what is missing, what was searched and what to install
     */
    static synchronized CudaLibraries load() {
        if (failure != null) {
            throw new CudaException(failure);
        }
        if (loaded == null) {
            try {
                CudaLibraries found = find();
                found.loadAll();
                loaded = found;
            } catch (CudaException e) {
                failure = e.getMessage();
                throw e;
            }
        }
        return loaded;
    }

    /** Finds the libraries of this machine without loading them. */
    static CudaLibraries find() {
        return find(LibrarySearch.ofSystem(), System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    /** Finds the libraries of a machine without loading them. */
    static CudaLibraries find(LibrarySearch search, String os, String arch) {
        if (!os.toLowerCase(Locale.ROOT).startsWith("linux") || !(arch.equals("amd64") || arch.equals("x86_64"))) {
            throw new CudaException("[cuda] no natives for " + os + " on " + arch
                    + ": the CUDA backend runs on Linux x86-64; use the CPU here");
        }
        for (String file : List.of(Natives.DRIVER, Natives.CUBLAS, Natives.CUDNN)) {
            if (!Natives.onClassPath(file)) {
                throw new CudaException("[cuda] natives missing: " + file + " is not on the class path\n"
                        + "    install   org.jcuda:jcuda-natives, jcublas-natives and jcudnn-natives, all 12.6.0 with"
                        + " classifier linux-x86_64; depending on dev.aorta:aorta-cuda brings them");
            }
        }
        Path driver = search.find(List.of("libcuda.so.1"));
        if (driver == null) {
            throw new CudaException("[cuda] no NVIDIA driver: libcuda.so.1 was not found\n    searched  " + search
                    + "\n    install   the NVIDIA driver 525 or newer, so that nvidia-smi lists a GPU; a container must be"
                    + " started with --gpus all");
        }
        return new CudaLibraries(search, driver, search.find(CUBLAS_NAMES), search.find(CUDNN_NAMES));
    }

    /** What to say where cuBLAS or cuDNN is not there. */
    String missing(String name) {
        boolean dnn = name.equals("cuDNN");
        return name + " missing: " + String.join(" or ", dnn ? CUDNN_NAMES : CUBLAS_NAMES)
                + " was not found\n    searched  "
                + search + "\n    install   "
                + (dnn
                        ? "cuDNN 9 for your CUDA (Debian: cudnn9-cuda-12 or cudnn9-cuda-13; pip: nvidia-cudnn-cu12 or -cu13)"
                        : "cuBLAS 12 or 13 (Debian: libcublas-12-6 or libcublas-13-0; pip: nvidia-cublas-cu12 or nvidia-cublas)")
                + ", or name its folder in the system property aorta.cuda.path, or set aorta.cuda.libraries=none to use Aorta's"
                + " own kernels";
    }

    @SuppressWarnings("restricted")
    private void loadAll() {
        try (var natives = new Natives()) {
            System.load(absolute(driver));
            natives.extract(Natives.DRIVER, UnaryOperator.identity());
            natives.load(() -> JCudaDriver.setExceptionsEnabled(false));
            if (cublas != null) {
                String name = String.valueOf(cublas.getFileName());
                loadIfThere(cublas.resolveSibling(name.replace("libcublas", "libcublasLt")));
                System.load(absolute(cublas));
                natives.extract(
                        Natives.CUBLAS,
                        name.equals(LINKED_CUBLAS)
                                ? UnaryOperator.identity()
                                : library -> ElfRetarget.retarget(library, LINKED_CUBLAS, name));
                natives.load(JCublas2::initialize);
            }
            if (cudnn != null) {
                COMPILERS.forEach(name -> loadIfThere(search.find(List.of(name))));
                System.load(absolute(cudnn));
                natives.extract(Natives.CUDNN, UnaryOperator.identity());
                natives.load(JCudnn::initialize);
            }
        } catch (UnsatisfiedLinkError e) {
            throw new CudaException(
                    "[cuda] a library was found and cannot be loaded: " + e.getMessage() + "\n    found     "
                            + driver + (cublas == null ? "" : ", " + cublas) + (cudnn == null ? "" : ", " + cudnn)
                            + "\n    cure      install matching versions, or name the right folders in the system property"
                            + " aorta.cuda.path");
        }
    }

    /**
     * Loads what a library asks for by name alone, which the system would look for in other folders than we do, and perhaps find
     * in another version: libcublasLt beside cuBLAS, and the compiler with which cuDNN makes some of its kernels.
     */
    @SuppressWarnings("restricted")
    private static void loadIfThere(@Nullable Path file) {
        if (file != null && Files.exists(file)) {
            System.load(absolute(file));
        }
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().toString();
    }
}
