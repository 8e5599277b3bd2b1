package dev.aorta.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** Times work on the device by two events in its stream. */
final class Stopwatch implements AutoCloseable {
    private final CudaDevice device;
    private final CUevent start = new CUevent();
    private final CUevent stop = new CUevent();

    Stopwatch(CudaDevice device) {
        this.device = device;
        device.bind();
        Cuda.check(JCudaDriver.cuEventCreate(start, CUevent_flags.CU_EVENT_DEFAULT), "cuEventCreate");
        int code = JCudaDriver.cuEventCreate(stop, CUevent_flags.CU_EVENT_DEFAULT);
        if (code != 0) {
            JCudaDriver.cuEventDestroy(start);
        }
        Cuda.check(code, "cuEventCreate");
    }

    void start() {
        Cuda.check(JCudaDriver.cuEventRecord(start, device.stream), "cuEventRecord");
    }

    /** Waits for the work since {@link #start} and returns its milliseconds. */
    float stop() {
        Cuda.check(JCudaDriver.cuEventRecord(stop, device.stream), "cuEventRecord");
        Cuda.check(JCudaDriver.cuEventSynchronize(stop), "work on " + device.name);
        float[] ms = new float[1];
        Cuda.check(JCudaDriver.cuEventElapsedTime(ms, start, stop), "cuEventElapsedTime");
        return ms[0];
    }

    @Override
    public void close() {
        int failed = JCudaDriver.cuEventDestroy(start);
        failed = Math.max(failed, JCudaDriver.cuEventDestroy(stop));
        Cuda.check(failed, "cuEventDestroy");
    }
}
