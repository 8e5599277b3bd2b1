package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.LabelCheck;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.JCudaDriver;

/**
 * Checks of labels that wait for nothing: a kernel notes on the device what it refuses, and whoever waits for the device next
 * hears of it.
 */
final class LabelChecks implements AutoCloseable {
    /** {@code struct Refused} in reduce.cu: element and label, number of the check, padding. */
    private static final int WORDS = 4;

    private static final int NONE = -1;

    private final CudaDevice device;
    private final Launcher launcher;
    private final CudaBuffer refused;
    private final NativePointer pinned = new NativePointer();
    private final MemorySegment host;
    private final List<LabelCheck> numbered = new ArrayList<>();

    @SuppressWarnings("restricted")
    LabelChecks(CudaDevice device, Launcher launcher, MemoryPool pool) {
        this.device = device;
        this.launcher = launcher;
        refused = pool.take(WORDS);
        device.bind();
        forget();
        Cuda.check(JCudaDriver.cuMemAllocHost(pinned, WORDS * 4L), "allocation of pinned host memory");
        host = MemorySegment.ofAddress(pinned.address()).reinterpret(WORDS * 4L);
    }

    /** Puts the check into the stream. */
    void check(Buffer labels, LabelCheck check) {
        if (!numbered.contains(check)) {
            numbered.add(check);
        }
        int n = labels.size();
        launcher.kernel("check_labels").buffer(refused).buffer(labels).i32(numbered.indexOf(check));
        launcher.i32(check.classes()).i32(n).run(n);
    }

    /** Fetches what was refused; to be called before a wait that {@link #report} follows. */
    void fetch() {
        if (!numbered.isEmpty()) {
            device.bind();
            Cuda.check(
                    JCudaDriver.cuMemcpyDtoHAsync(pinned, refused.pointer(), WORDS * 4L, device.stream),
                    "a download of refused labels");
        }
    }

    /** Throws what was fetched, once. */
    void report() {
        int check = numbered.isEmpty() ? NONE : host.get(ValueLayout.JAVA_INT, 8);
        if (check != NONE) {
            forget();
            long found = host.get(ValueLayout.JAVA_LONG, 0);
            throw numbered.get(check).refusal(Float.intBitsToFloat((int) found), (int) (found >>> 32));
        }
    }

    private void forget() {
        Cuda.check(JCudaDriver.cuMemsetD32Async(refused.pointer(), NONE, WORDS, device.stream), "cuMemsetD32Async");
    }

    @Override
    public void close() {
        device.bind();
        Cuda.check(JCudaDriver.cuMemFreeHost(pinned), "freeing of pinned host memory");
    }
}
