package dev.aorta.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;

/** Host memory outside the heap; JCuda passes its address on, where an array would be pinned and copied on every call. */
final class NativePointer extends Pointer {
    /** For a call that writes the address. */
    NativePointer() {}

    NativePointer(MemorySegment memory) {
        super(memory.address());
    }

    long address() {
        return getNativePointer();
    }
}
