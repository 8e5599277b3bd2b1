package dev.aorta.backend.cpu;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.Strided;
import dev.aorta.backend.cpu.element.Movement;
import dev.aorta.backend.cpu.winograd.ImageParts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A Java array as a buffer, taken from the pool at its first use.
 *
 * <p>A concatenation is not copied: its buffer lies in parts, the arrays of its sources, until somebody asks for it in one piece.
 * An array that several buffers have goes back to the pool with the last of them, and whoever writes into it gets a copy first.
 */
final class CpuBuffer implements Buffer {
    /** How many buffers have an array. */
    static final class Users {
        private int count = 1;
    }

    /** An array that others may have too: channels {@code width} of every row of an image. */
    record Part(float[] array, Users users, int width) {}

    private final CpuBackend owner;
    private final int size;
    private volatile float @Nullable []
            whole; // null before the first use, while it lies in parts, and after the release
    private volatile @Nullable Users users; // of the whole; null while nobody else has it
    private volatile @Nullable List<Part> parts;
    private volatile boolean released;
    private volatile @Nullable PackedWeight packed; // null while it was not used as a weight

    CpuBuffer(CpuBackend owner, int size) {
        this.owner = owner;
        this.size = size;
    }

    /** A buffer that is still in use, of a backend that is open. */
    static CpuBuffer of(Buffer buffer) {
        if (!(buffer instanceof CpuBuffer own)) {
            throw new IllegalArgumentException("[cpu] a buffer of another backend: " + buffer);
        }
        own.owner.requireOpen();
        if (own.released) {
            throw new IllegalStateException("[cpu] a buffer of " + own.size + " elements is used after its release");
        }
        return own;
    }

    /** The elements in one array, to be read. */
    static float[] read(Buffer buffer) {
        CpuBuffer own = of(buffer);
        float[] array = own.whole;
        return array != null ? array : own.inOnePiece();
    }

    /** The elements in one array that no other buffer has, to be written. */
    static float[] write(Buffer buffer) {
        CpuBuffer own = of(buffer);
        own.changed();
        float[] array = own.whole;
        return array != null && own.users == null ? array : own.alone();
    }

    static float @Nullable [] readOptional(@Nullable Buffer buffer) {
        return buffer == null ? null : read(buffer);
    }

    static float @Nullable [] writeOptional(@Nullable Buffer buffer) {
        return buffer == null ? null : write(buffer);
    }

    /** Says that a buffer has been written: what was packed of it, also while that went on, is no longer true. */
    static void written(Buffer buffer) {
        of(buffer).changed();
    }

    private void changed() {
        PackedWeight old = packed;
        if (old != null) {
            old.forget();
        }
    }

    /** This as a weight that is used; {@link PackedWeight#end} ends the use. */
    PackedWeight used() {
        PackedWeight own = packed;
        if (own == null) {
            synchronized (owner) {
                own = packed == null ? new PackedWeight(owner.pool(), owner.budget()) : packed;
                packed = own;
            }
        }
        return own.begin();
    }

    private float[] inOnePiece() {
        synchronized (owner) {
            float[] array = of(this).whole;
            if (array != null) {
                return array;
            }
            array = owner.pool().take(size);
            List<Part> apart = parts;
            if (apart != null) {
                join(array, apart);
                letGo(apart);
                parts = null;
            }
            whole = array;
            return array;
        }
    }

    private void join(float[] array, List<Part> apart) {
        int channels = sum(apart);
        int[] extents = {size / channels, 0};
        int at = 0;
        for (Part p : apart) {
            extents[1] = p.width;
            Strided copy = Strided.of(extents, at, new int[] {channels, 1}, 0, new int[] {p.width, 1});
            Movement.copy(owner.parallel(), array, p.array, copy);
            at += p.width;
        }
    }

    private float[] alone() {
        synchronized (owner) {
            float[] array = inOnePiece();
            Users shared = users;
            if (shared != null && shared.count > 1) {
                float[] copy = owner.pool().take(size);
                System.arraycopy(array, 0, copy, 0, size);
                shared.count--;
                whole = copy;
                array = copy;
            }
            users = null;
            return array;
        }
    }

    private void letGo(List<Part> apart) {
        for (Part p : apart) {
            letGo(p.array, p.users);
        }
    }

    private void letGo(float[] array, @Nullable Users of) {
        if (of == null || --of.count == 0) {
            owner.pool().give(array);
        }
    }

    /** This as channels of another buffer, which has the array too from now on. */
    private List<Part> shared(int width) {
        List<Part> apart = parts;
        if (apart == null || sum(apart) != width) {
            float[] array = inOnePiece();
            Users of = users;
            if (of == null) {
                of = new Users();
                users = of;
            }
            apart = List.of(new Part(array, of, width));
        }
        apart.forEach(p -> p.users.count++);
        return apart;
    }

    /** Becomes the rows of other buffers side by side, each of so many channels, without a copy. */
    void becomeConcat(CpuBuffer[] sources, int[] widths) {
        synchronized (owner) {
            List<Part> side = new ArrayList<>();
            try {
                for (int i = 0; i < sources.length; i++) {
                    side.addAll(sources[i].shared(widths[i]));
                }
            } catch (RuntimeException | Error e) {
                letGo(side);
                throw e;
            }
            forget();
            parts = side;
        }
    }

    /**
     * Becomes channels {@code first} to {@code first + width - 1} of another buffer, without a copy.
     *
     * @param channels of a row of that buffer
     * @return whether it lies in parts that begin and end there; otherwise nothing happens
     */
    boolean becomeChannels(CpuBuffer source, int first, int width, int channels) {
        synchronized (owner) {
            List<Part> apart = source.parts;
            if (apart == null || sum(apart) != channels) {
                return false;
            }
            int begin = partAt(apart, first);
            int end = partAt(apart, first + width);
            if (begin < 0 || end < 0) {
                return false;
            }
            List<Part> run = List.copyOf(apart.subList(begin, end));
            run.forEach(p -> p.users.count++);
            forget();
            if (run.size() == 1) {
                users = run.getFirst().users;
                whole = run.getFirst().array;
            } else {
                parts = run;
            }
            return true;
        }
    }

    /** The part that begins at a channel, -1 where none does; their number for the channel behind the last. */
    private static int partAt(List<Part> apart, int channel) {
        int at = 0;
        for (int i = 0; i < apart.size(); i++) {
            if (at == channel) {
                return i;
            }
            at += apart.get(i).width;
        }
        return at == channel ? apart.size() : -1;
    }

    /** Becomes an image dealt out as another is, with unspecified content, to be written. */
    ImageParts becomeLike(ImageParts image) {
        int[] widths = image.channels();
        if (widths.length == 1) {
            return ImageParts.whole(write(this), widths[0]);
        }
        synchronized (owner) {
            forget();
            int rows = size / image.total();
            List<Part> own = new ArrayList<>();
            try {
                for (int width : widths) {
                    own.add(new Part(owner.pool().take(rows * width), new Users(), width));
                }
            } catch (RuntimeException | Error e) {
                letGo(own);
                throw e;
            }
            parts = own;
            return image(own);
        }
    }

    /** The widths of the parts that this lies in, or null when it lies in one piece. */
    int @Nullable [] widths() {
        List<Part> apart = parts;
        return apart == null ? null : widths(apart);
    }

    /** An image to be read. What it lies in stays until this is closed, whoever joins or releases the buffer meanwhile. */
    record Lent(CpuBuffer buffer, ImageParts image, List<Part> parts) implements AutoCloseable {
        @Override
        public void close() {
            if (!parts.isEmpty()) {
                synchronized (buffer.owner) {
                    buffer.letGo(parts);
                }
            }
        }
    }

    /** This as an image of so many channels: as it lies where the reader takes such parts, else in one piece. */
    Lent lend(int channels, Predicate<int[]> takesParts) {
        synchronized (owner) {
            List<Part> apart = parts;
            if (apart == null || sum(apart) != channels || !takesParts.test(widths(apart))) {
                return new Lent(this, ImageParts.whole(inOnePiece(), channels), List.of());
            }
            apart.forEach(p -> p.users.count++);
            return new Lent(this, image(apart), apart);
        }
    }

    private static int sum(List<Part> apart) {
        int sum = 0;
        for (Part p : apart) {
            sum += p.width;
        }
        return sum;
    }

    private static int[] widths(List<Part> apart) {
        int[] widths = new int[apart.size()];
        Arrays.setAll(widths, i -> apart.get(i).width);
        return widths;
    }

    private static ImageParts image(List<Part> apart) {
        float[][] arrays = new float[apart.size()][];
        Arrays.setAll(arrays, i -> apart.get(i).array);
        return new ImageParts(arrays, widths(apart));
    }

    /** Ends the use of this buffer. */
    void release() {
        synchronized (owner) {
            of(this).forget();
            released = true;
        }
    }

    private void forget() {
        changed();
        float[] array = whole;
        if (array != null) {
            letGo(array, users);
        }
        List<Part> apart = parts;
        if (apart != null) {
            letGo(apart);
        }
        whole = null;
        users = null;
        parts = null;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String toString() {
        return "CpuBuffer[" + size + "]";
    }
}
