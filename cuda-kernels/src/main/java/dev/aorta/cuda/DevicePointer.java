package dev.aorta.cuda;

import jcuda.driver.CUdeviceptr;

/** An address on the device that can be read, to put it among a kernel's arguments. */
final class DevicePointer extends CUdeviceptr {
    long address() {
        return getNativePointer();
    }
}
