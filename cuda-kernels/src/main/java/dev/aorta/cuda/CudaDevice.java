package dev.aorta.cuda;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
import static jcuda.driver.CUstream_flags.CU_STREAM_NON_BLOCKING;

import java.nio.charset.StandardCharsets;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.runtime.cudaStream_t;

/** One GPU: its primary context and the one stream that all work of the backend runs in, in order. */
final class CudaDevice implements AutoCloseable {
    private static final int LEAST_DRIVER = 12000;
    private static final int LEAST_CAPABILITY = 75;
    private static final int TENSOR_CAPABILITY = 80;

    final String name;
    final CUstream stream = new CUstream();
    final int multiprocessors;
    final int capability;
    final int driverVersion;

    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final String model;

    /** @throws CudaException saying what is wrong with the driver or the GPU and what to do */
    CudaDevice(int index) {
        name = "cuda:" + index;
        driverVersion = checkDriver();
        int[] count = new int[1];
        Cuda.check(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
        if (index < 0 || index >= count[0]) {
            throw new CudaException("[cuda] no GPU " + index + ": the driver lists " + count[0]
                    + (count[0] == 0
                            ? "\n    cure      see that nvidia-smi lists a GPU and that CUDA_VISIBLE_DEVICES does not hide it"
                            : ", numbered from 0"));
        }
        Cuda.check(JCudaDriver.cuDeviceGet(device, index), "cuDeviceGet");
        byte[] text = new byte[256];
        Cuda.check(JCudaDriver.cuDeviceGetName(text, text.length, device), "cuDeviceGetName");
        model = new String(text, StandardCharsets.US_ASCII).replace("\0", "");
        multiprocessors = attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        capability = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) * 10
                + attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        if (capability < LEAST_CAPABILITY) {
            throw new CudaException("[cuda] GPU too old: " + model + " has compute capability " + capability / 10.0
                    + "; needs 7.5 (Turing, 2018) or newer");
        }
        Cuda.check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
        bind();
        int code = JCudaDriver.cuStreamCreate(stream, CU_STREAM_NON_BLOCKING);
        if (code != 0) {
            JCudaDriver.cuDevicePrimaryCtxRelease(device);
        }
        Cuda.check(code, "cuStreamCreate");
    }

    /** Initialises the driver and returns the CUDA version that it offers, 12060 for 12.6. */
    private static int checkDriver() {
        int code = JCudaDriver.cuInit(0);
        if (code == jcuda.driver.CUresult.CUDA_ERROR_NO_DEVICE) {
            throw new CudaException("[cuda] no GPU: the driver is installed and finds no device\n"
                    + "    cure      see that nvidia-smi lists a GPU and that CUDA_VISIBLE_DEVICES does not hide it; a"
                    + " container must be started with --gpus all");
        }
        if (code != 0) {
            throw new CudaException("[cuda] the driver does not start: " + Cuda.text(code)
                    + "\n    cure      run nvidia-smi; a mismatch of kernel module and library needs a reboot");
        }
        int[] version = new int[1];
        Cuda.check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
        if (version[0] < LEAST_DRIVER) {
            throw new CudaException("[cuda] driver too old: it offers CUDA " + version(version[0])
                    + "; needs CUDA 12.0\n    install   the NVIDIA driver 525 or newer");
        }
        return version[0];
    }

    /** 12060 as 12.6. */
    static String version(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    /**
     * How this GPU computes what was asked for: before compute capability 8.0 there is no TF32, and float32 stays as it is.
     *
     * @throws CudaException when bfloat16 was asked for and there is none
     */
    CudaOptions.Math math(CudaOptions.Math asked) {
        if (capability >= TENSOR_CAPABILITY) {
            return asked;
        }
        if (asked == CudaOptions.Math.BFLOAT16) {
            throw new CudaException(
                    "[" + name + "] no bfloat16: " + model + " has compute capability " + capability / 10.0
                            + "; needs 8.0 (Ampere, 2020) or newer\n    cure      set aorta.cuda.math to fp32");
        }
        return CudaOptions.Math.FP32;
    }

    private int attribute(int which) {
        int[] value = new int[1];
        Cuda.check(JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
        return value[0];
    }

    /**
     * Makes this device the one of the calling thread. Needed before every call, because the driver remembers it for each
     * operating-system thread and a virtual thread may have changed its carrier.
     */
    void bind() {
        int code = JCudaDriver.cuCtxSetCurrent(context);
        if (code != 0) {
            Cuda.check(code, "cuCtxSetCurrent");
        }
    }

    /** Waits until all work is done; an error of that work is thrown here. */
    void synchronize() {
        bind();
        Cuda.check(JCudaDriver.cuStreamSynchronize(stream), "work on " + name);
    }

    /** The stream as cuDNN and cuBLAS want it. */
    cudaStream_t runtimeStream() {
        return new cudaStream_t(stream);
    }

    /** For example {@code NVIDIA H200, sm_90, driver for CUDA 12.6}. */
    @Override
    public String toString() {
        return model + ", sm_" + capability + ", driver for CUDA " + version(driverVersion);
    }

    @Override
    public void close() {
        bind();
        int code = JCudaDriver.cuStreamDestroy(stream);
        int released = JCudaDriver.cuDevicePrimaryCtxRelease(device);
        Cuda.check(code, "cuStreamDestroy");
        Cuda.check(released, "cuDevicePrimaryCtxRelease");
    }
}
