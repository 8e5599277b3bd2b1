package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.ProductContract;
import dev.aorta.cuda.CudaOptions.Libraries;
import dev.aorta.cuda.CudaOptions.Math;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Products on tensor cores: within the bound of their rounding, and no better than it; and memory as these modes store it. */
class TensorCoreTest {
    @Nested
    class LibrariesInTf32 extends Rounded {
        LibrariesInTf32() {
            super(Libraries.REQUIRE, Math.TF32, 0x1p-11, 2);
        }
    }

    @Nested
    class OwnKernelsInTf32 extends Rounded {
        OwnKernelsInTf32() {
            super(Libraries.NONE, Math.TF32, 0x1p-11, 2);
        }
    }

    /** Results of convolutions are rounded too. */
    @Nested
    class LibrariesInBfloat16 extends Rounded {
        LibrariesInBfloat16() {
            super(Libraries.REQUIRE, Math.BFLOAT16, 0x1p-8, 3);
        }
    }

    @Nested
    class OwnKernelsInBfloat16 extends Rounded {
        OwnKernelsInBfloat16() {
            super(Libraries.NONE, Math.BFLOAT16, 0x1p-8, 3);
        }
    }

    @TestInstance(Lifecycle.PER_CLASS)
    abstract static class Rounded extends ProductContract {
        private final Libraries libraries;
        private final Math math;
        private final float unit;
        private final int roundings;
        private CudaBackend backend;

        /**
         * @param unit by how much of itself a rounding may change a number
         * @param roundings of a summand until it is in the result
         */
        Rounded(Libraries libraries, Math math, double unit, int roundings) {
            this.libraries = libraries;
            this.math = math;
            this.unit = (float) unit;
            this.roundings = roundings;
        }

        @BeforeAll
        void open() {
            SoftwareCuda.require();
            backend = CudaTests.open(libraries, math);
        }

        @AfterAll
        void leaveNothing() {
            if (backend != null) {
                backend.close();
                assertThat(SoftwareCuda.liveBytes()).isZero();
                assertThat(SoftwareCuda.liveHandles()).isZero();
                assertThat(SoftwareCuda.leaks()).isZero();
            }
        }

        @Override
        public Backend backend() {
            return backend;
        }

        @Override
        public Backend another() {
            return CudaTests.open(libraries, math);
        }

        @Override
        public double productError() {
            return java.lang.Math.pow(1.0 + unit, roundings) - 1;
        }

        /** The last bit that is kept and half a bit that is not. */
        @Test
        void factorsAreRounded() {
            float[] c = {0};
            Buffer a = backend.allocate(1);
            Buffer result = backend.allocate(1);
            backend.upload(a, new float[] {1 + 2 * unit + unit / 2});
            backend.matmul(result, a, a, MatMulShape.of(1, 1, 1, false, false));
            backend.download(c, result);
            assertThat(c[0]).isEqualTo((1 + 2 * unit) * (1 + 2 * unit));
            backend.release(a);
            backend.release(result);
        }
    }
}
