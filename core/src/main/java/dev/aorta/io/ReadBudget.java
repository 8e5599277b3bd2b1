package dev.aorta.io;

import java.time.Duration;

/**
 * What one reading (a header, a record, a picture) may cost, so that a small file takes neither gigabytes nor minutes. Every
 * format charges it before it takes memory; when it is spent, reading ends with a {@link FormatException} that says how to allow
 * more. Not for use by several threads at once.
 *
 * <p>The defaults are the system properties {@code aorta.read.mebibytes}, 256, and {@code aorta.read.seconds}, 60. Bytes that a
 * file really holds uncompressed, such as the tensors of a model, are not charged: they can be no more than its size.
 */
public final class ReadBudget {
    /** A compressed file may grow to this many bytes for nothing, and beyond them so many times its own size. */
    private static final long FREE_EXPANSION = 1L << 30;

    private static final int EXPANSION = 64;
    private static final int ELEMENTS_BETWEEN_CLOCKS = 1 << 12;

    private final long limit;
    private final Duration time;
    private final long start = System.nanoTime();
    private long taken;
    private int elements;

    /**
     * A budget of so many bytes and so much time, from now.
     *
     * @param limit bytes of memory
     * @param time from this call to the end of the reading
     */
    public ReadBudget(long limit, Duration time) {
        this.limit = limit;
        this.time = time;
    }

    /**
     * The default budget, from now.
     *
     * @return a budget of {@code aorta.read.mebibytes} and {@code aorta.read.seconds}
     * @throws IllegalArgumentException when one of the properties is no whole number from 1 to 9999999
     */
    public static ReadBudget ofReading() {
        return new ReadBudget(
                property("aorta.read.mebibytes", 256) << 20, Duration.ofSeconds(property("aorta.read.seconds", 60)));
    }

    private static long property(String name, long otherwise) {
        String wanted = System.getProperty(name);
        if (wanted != null && !wanted.matches("[1-9]\\d{0,6}")) {
            throw new IllegalArgumentException(
                    name + " must be a whole number from 1 to 9999999 and is '" + wanted + "'");
        }
        return wanted == null ? otherwise : Long.parseLong(wanted);
    }

    /**
     * To how many bytes a compressed file may be expanded, all of it together: 1 GiB and 64 times its size.
     *
     * @param bytes size of the compressed file
     * @return a number of bytes
     */
    public static long expansionOf(long bytes) {
        return FREE_EXPANSION + EXPANSION * bytes;
    }

    /**
     * Takes memory for a piece of what is read.
     *
     * @param bytes to be taken; a negative number is refused as too large
     * @param what the piece, for the message: the subject of a sentence
     * @throws FormatException if there are not so many left, or the time is up
     */
    public void take(long bytes, String what) throws FormatException {
        if (bytes < 0 || bytes > limit - taken) {
            throw new FormatException(
                    ("%s would take more than the %,d MiB of memory that reading one piece may take; if that is"
                                    + " meant, raise it with -Daorta.read.mebibytes=N")
                            .formatted(what, limit >> 20));
        }
        taken += bytes;
        checkTime(what);
    }

    /**
     * Takes the memory of one of many elements; looks at the clock at every 4096th only.
     *
     * @param bytes of memory the element takes, not negative
     * @param what it belongs to, for the message: the subject of a sentence
     * @throws FormatException if there are not so many left, or the time is seen to be up
     */
    public void element(long bytes, String what) throws FormatException {
        if (bytes > limit - taken || ++elements % ELEMENTS_BETWEEN_CLOCKS == 0) {
            take(bytes, what);
        } else {
            taken += bytes;
        }
    }

    private void checkTime(String what) throws FormatException {
        if (System.nanoTime() - start > time.toNanos()) {
            throw new FormatException(
                    ("%s took longer than the %d s that reading one piece may take; if that is meant, raise it"
                                    + " with -Daorta.read.seconds=N")
                            .formatted(what, time.toSeconds()));
        }
    }
}
