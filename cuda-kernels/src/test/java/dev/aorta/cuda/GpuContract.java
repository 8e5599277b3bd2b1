package dev.aorta.cuda;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendContract;
import dev.aorta.backend.ConvShape;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract in float32 on the GPU that this machine has; run by {@link GpuCheck}, not by the build. */
final class GpuContract {
    private GpuContract() {}

    /** With cuDNN and cuBLAS. */
    static final class Libraries extends BackendContract {
        private static CudaBackend backend;

        @BeforeAll
        static void open() {
            backend = new CudaBackend(
                    0,
                    new CudaOptions(
                            CudaOptions.Libraries.REQUIRE, CudaOptions.Math.FP32, CudaOptions.Algorithms.TIMED, true));
        }

        @AfterAll
        static void close() {
            backend.close();
        }

        @Override
        public Backend backend() {
            return backend;
        }

        /** cuDNN may choose Winograd's algorithm, whose transforms widen the error. */
        @Override
        public double convolutionFactor(ConvShape s) {
            return 8;
        }
    }

    /** With Aorta's kernels alone. */
    static final class OwnKernels extends BackendContract {
        private static CudaBackend backend;

        @BeforeAll
        static void open() {
            backend = new CudaBackend(
                    0,
                    new CudaOptions(
                            CudaOptions.Libraries.NONE,
                            CudaOptions.Math.FP32,
                            CudaOptions.Algorithms.DETERMINISTIC,
                            true));
        }

        @AfterAll
        static void close() {
            backend.close();
        }

        @Override
        public Backend backend() {
            return backend;
        }
    }
}
