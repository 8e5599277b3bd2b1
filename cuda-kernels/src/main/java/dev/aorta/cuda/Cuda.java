package dev.aorta.cuda;

import jcuda.driver.JCudaDriver;

/** Result codes of the driver as exceptions. */
final class Cuda {
    static final int OUT_OF_MEMORY = 2;

    private Cuda() {}

    /** @throws CudaException when {@code code} is not success */
    static void check(int code, String what) {
        if (code != 0) {
            throw new CudaException("[cuda] " + what + " failed: " + text(code));
        }
    }

    /** Name, number and explanation of a result code. */
    static String text(int code) {
        var name = new String[1];
        var text = new String[1];
        boolean known = JCudaDriver.cuGetErrorName(code, name) == 0 && JCudaDriver.cuGetErrorString(code, text) == 0;
        return known ? name[0] + " (" + code + "): " + text[0] : "CUDA error " + code;
    }
}
