package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.cuda.CudaBuffer.Storage;

/** Copies of buffers that are stored as a library wants them. */
final class Conversion {
    private final Launcher launcher;
    private final MemoryPool pool;

    Conversion(Launcher launcher, MemoryPool pool) {
        this.launcher = launcher;
        this.pool = pool;
    }

    /** Copies the elements, rounded to nearest where {@code dst} is bfloat16. */
    void copy(CudaBuffer dst, CudaBuffer src) {
        int n = dst.size();
        launcher.kernel("scale").buffer(dst).buffer(src).f32(1).i32(n).runByEights(n);
    }

    /** The buffer itself, if it is stored so, else a copy; {@link #done} when it is not needed any more. */
    CudaBuffer as(Storage storage, Buffer buffer) {
        CudaBuffer original = CudaBuffer.of(buffer);
        if (original.storage() == storage) {
            return original;
        }
        CudaBuffer copy = pool.take(original.size(), storage);
        copy(copy, original);
        return copy;
    }

    /** Somewhere to write the elements of a buffer stored so: the buffer itself or a block that {@link #written} copies back. */
    CudaBuffer room(Storage storage, Buffer buffer) {
        CudaBuffer original = CudaBuffer.of(buffer);
        return original.storage() == storage ? original : pool.take(original.size(), storage);
    }

    /** Takes what was written into {@link #room} over into the buffer. */
    void written(CudaBuffer room, Buffer buffer) {
        if (room != buffer) {
            copy(CudaBuffer.of(buffer), room);
        }
        done(room, buffer);
    }

    /** Gives back the copy of a buffer, if it is one. */
    void done(CudaBuffer copy, Buffer buffer) {
        if (copy != buffer) {
            pool.give(copy);
        }
    }
}
