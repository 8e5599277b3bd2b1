package dev.aorta.cuda;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendContract;
import dev.aorta.backend.ConvShape;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The contract on the GPU that this machine has; run by {@link GpuCheck} and {@link GpuSanitizer}, not by the build. */
@TestInstance(Lifecycle.PER_CLASS)
abstract sealed class GpuContract extends BackendContract {
    static final List<Class<?>> ALL = List.of(
            Libraries.class,
            LibrariesInTf32.class,
            LibrariesInBfloat16.class,
            OwnKernels.class,
            OwnKernelsInTf32.class,
            OwnKernelsInBfloat16.class);
    static final List<Class<?>> OWN = List.of(OwnKernels.class, OwnKernelsInTf32.class, OwnKernelsInBfloat16.class);

    private final CudaOptions options;
    private CudaBackend backend;

    private GpuContract(CudaOptions.Libraries libraries, CudaOptions.Math math) {
        options = new CudaOptions(libraries, math, CudaOptions.Algorithms.TIMED, true);
    }

    @BeforeAll
    void open() {
        backend = new CudaBackend(0, options);
    }

    @AfterAll
    void closeBackend() {
        if (backend != null) {
            backend.close();
        }
    }

    @Override
    public Backend backend() {
        return backend;
    }

    @Override
    public Backend another() {
        return new CudaBackend(0, options);
    }

    /** cuDNN may choose Winograd's algorithm, whose transforms widen the error. */
    @Override
    public double convolutionFactor(ConvShape s) {
        return options.libraries() == CudaOptions.Libraries.NONE ? 1 : 8;
    }

    @Override
    public double productError() {
        return switch (options.math()) {
            case FP32 -> 0;
            case TF32 -> Math.pow(1 + 0x1p-11, 2) - 1;
            case BFLOAT16 -> Math.pow(1 + 0x1p-8, 3) - 1;
        };
    }

    static final class Libraries extends GpuContract {
        Libraries() {
            super(CudaOptions.Libraries.REQUIRE, CudaOptions.Math.FP32);
        }
    }

    static final class LibrariesInTf32 extends GpuContract {
        LibrariesInTf32() {
            super(CudaOptions.Libraries.REQUIRE, CudaOptions.Math.TF32);
        }
    }

    static final class LibrariesInBfloat16 extends GpuContract {
        LibrariesInBfloat16() {
            super(CudaOptions.Libraries.REQUIRE, CudaOptions.Math.BFLOAT16);
        }
    }

    static final class OwnKernels extends GpuContract {
        OwnKernels() {
            super(CudaOptions.Libraries.NONE, CudaOptions.Math.FP32);
        }
    }

    static final class OwnKernelsInTf32 extends GpuContract {
        OwnKernelsInTf32() {
            super(CudaOptions.Libraries.NONE, CudaOptions.Math.TF32);
        }
    }

    static final class OwnKernelsInBfloat16 extends GpuContract {
        OwnKernelsInBfloat16() {
            super(CudaOptions.Libraries.NONE, CudaOptions.Math.BFLOAT16);
        }
    }
}
