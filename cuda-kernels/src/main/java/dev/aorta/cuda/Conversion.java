package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.Strided;
import dev.aorta.cuda.CudaBuffer.Storage;

/** Copies of buffers that are stored as a library wants them. */
final class Conversion {
    private final Layout layout;

    Conversion(Layout layout) {
        this.layout = layout;
    }

    /** The buffer itself, if it is stored so, else a copy. */
    CudaBuffer as(Storage storage, Buffer buffer, Scratch scratch) {
        CudaBuffer room = room(storage, buffer, scratch);
        if (room != buffer) {
            layout.copy(room, buffer, Strided.whole(buffer.size()));
        }
        return room;
    }

    /** Somewhere to write the elements of a buffer stored so: the buffer itself or a block that {@link #written} copies back. */
    CudaBuffer room(Storage storage, Buffer buffer, Scratch scratch) {
        CudaBuffer original = CudaBuffer.of(buffer);
        return original.storage() == storage ? original : scratch.take(original.size(), storage);
    }

    /** Takes what was written into {@link #room} over into the buffer, rounded to nearest where it is bfloat16. */
    void written(CudaBuffer room, Buffer buffer) {
        if (room != buffer) {
            layout.copy(buffer, room, Strided.whole(buffer.size()));
        }
    }
}
