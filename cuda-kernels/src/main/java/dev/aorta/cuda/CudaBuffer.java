package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A run of elements on the device, dead after its release. Its block may be taken as late as at its first use, because until
 * then it can be decided how the elements are stored.
 */
final class CudaBuffer implements Buffer {
    /** How elements are stored; whatever it is, kernels compute in float32. */
    enum Storage {
        FLOAT32(4),
        BFLOAT16(2);

        private final int bytes;

        Storage(int bytes) {
            this.bytes = bytes;
        }

        /** Size in floats of a block for so many elements. */
        int floats(int elements) {
            return (int) Math.ceilDiv((long) elements * bytes, (long) Float.BYTES);
        }
    }

    private final MemoryPool pool;
    private final int size;
    private Storage storage;
    private @Nullable DevicePointer block;
    private boolean live = true;

    CudaBuffer(MemoryPool pool, int size, Storage storage, @Nullable DevicePointer block) {
        this.pool = pool;
        this.size = size;
        this.storage = storage;
        this.block = block;
    }

    @Override
    public int size() {
        return size;
    }

    Storage storage() {
        return storage;
    }

    /** Where the elements are; from now on their storage is settled. */
    DevicePointer pointer() {
        if (block == null) {
            block = pool.block(storage.floats(size));
        }
        return block;
    }

    /** The block, if the buffer was used. */
    @Nullable
    DevicePointer block() {
        return block;
    }

    /** Stores the elements so, if the buffer was not used yet; else they stay as they are. */
    CudaBuffer storedAs(Storage wanted) {
        if (block == null) {
            storage = wanted;
        }
        return this;
    }

    /** A result that is stored as what it is made of, if all of that is bfloat16, and if its buffer was not used before. */
    static Buffer like(Buffer result, Buffer... sources) {
        for (Buffer source : sources) {
            if (of(source).storage != Storage.BFLOAT16) {
                return result;
            }
        }
        return of(result).storedAs(Storage.BFLOAT16);
    }

    /** A buffer of this backend that may still be used. */
    static CudaBuffer of(Buffer buffer) {
        if (buffer instanceof CudaBuffer b) {
            return b.live();
        }
        throw new IllegalArgumentException("[cuda] a buffer of another device: copy it to this one first");
    }

    /** This buffer, if it may still be used. */
    CudaBuffer live() {
        if (!live) {
            throw new IllegalStateException(
                    "[cuda] a buffer of " + size + " elements is used after its release; keep its scope open longer");
        }
        return this;
    }

    void kill() {
        live().live = false;
    }
}
