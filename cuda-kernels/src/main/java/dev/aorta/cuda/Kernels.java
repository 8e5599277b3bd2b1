package dev.aorta.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** Aorta's own kernels as the driver has compiled them for the GPU; those for tensor cores at the first use of one. */
final class Kernels implements AutoCloseable {
    /** A committed file of kernels. */
    enum Ptx {
        /** For every GPU: compute capability 7.5. */
        ALL("kernels.ptx"),
        /** On tensor cores: compute capability 8.0. */
        TENSOR("tensor.ptx");

        private final String file;

        Ptx(String file) {
            this.file = file;
        }

        /** The text as the driver wants it, zero-terminated. */
        byte[] text() {
            try (InputStream in = Kernels.class.getResourceAsStream(file)) {
                if (in == null) {
                    throw new IllegalStateException(file + " is not on the class path");
                }
                byte[] text = in.readAllBytes();
                return Arrays.copyOf(text, text.length + 1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The names of the kernels of each of a family, the constant's in lower case put into a format. */
    static <E extends Enum<E>> Map<E, String> names(Class<E> family, String format) {
        Map<E, String> names = new EnumMap<>(family);
        for (E one : family.getEnumConstants()) {
            names.put(one, String.format(format, one.name().toLowerCase(Locale.ROOT)));
        }
        return names;
    }

    private final CudaDevice device;
    private final Map<Ptx, CUmodule> modules = new EnumMap<>(Ptx.class);
    private final Map<String, CUfunction> functions = new HashMap<>();

    Kernels(CudaDevice device) {
        this.device = device;
        module(Ptx.ALL);
    }

    /** The kernel of a name. */
    CUfunction function(String name) {
        CUfunction f = functions.get(name);
        if (f == null) {
            f = new CUfunction();
            CUmodule module = module(Product.isTensorKernel(name) ? Ptx.TENSOR : Ptx.ALL);
            Cuda.check(JCudaDriver.cuModuleGetFunction(f, module, name), "cuModuleGetFunction " + name);
            functions.put(name, f);
        }
        return f;
    }

    private CUmodule module(Ptx ptx) {
        CUmodule module = modules.get(ptx);
        if (module == null) {
            module = new CUmodule();
            device.bind();
            Cuda.check(
                    JCudaDriver.cuModuleLoadData(module, ptx.text()), "loading of Aorta's kernels (" + ptx.file + ")");
            modules.put(ptx, module);
        }
        return module;
    }

    @Override
    public void close() {
        device.bind();
        int failed = 0;
        for (CUmodule module : modules.values()) {
            failed = Math.max(failed, JCudaDriver.cuModuleUnload(module));
        }
        modules.clear();
        Cuda.check(failed, "cuModuleUnload");
    }
}
