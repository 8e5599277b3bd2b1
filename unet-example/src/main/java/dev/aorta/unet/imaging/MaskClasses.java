package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import java.util.List;
import java.util.SortedSet;
import java.util.stream.IntStream;

/**
 * What the values of masks mean.
 *
 * @param values class 0, the background, first
 */
public record MaskClasses(List<Integer> values) {
    private static final int MOST = 256;

    public MaskClasses {
        values = List.copyOf(values);
        if (values.size() < 2
                || values.size() > MOST
                || values.stream().distinct().count() != values.size()) {
            throw new IllegalArgumentException(
                    "classes %s: 2 to %d different values were expected".formatted(values, MOST));
        }
    }

    /**
     * The classes that values can be and nothing else: 0 and one other, or 0, 1, 2 and so on.
     *
     * @throws FormatException if they can be several things
     */
    public static MaskClasses of(SortedSet<Integer> values) throws FormatException {
        List<Integer> sorted = List.copyOf(values);
        boolean counted =
                sorted.equals(IntStream.range(0, sorted.size()).boxed().toList());
        boolean black = sorted.size() == 2 && sorted.getFirst() == 0;
        if (sorted.size() < 2 || !counted && !black) {
            throw new FormatException(
                    ("the masks have the values %s, and nothing says which class each is; say it with --classes, the"
                                    + " background first, as in --classes 0,85,170,255")
                            .formatted(sorted.size() > 10 ? sorted.subList(0, 10) + " and more" : sorted));
        }
        return new MaskClasses(sorted);
    }

    /** The classes of a mask's pixels. */
    byte[] of(InputSlice mask) throws FormatException {
        byte[] classes = new byte[mask.grey().length];
        for (int i = 0; i < classes.length; i++) {
            int value = (int) mask.grey()[i];
            int found = values.indexOf(value);
            if (found < 0 || value != mask.grey()[i]) {
                throw new FormatException("%s: pixel %d has the value %s, which is none of the classes %s"
                        .formatted(mask.source(), i, mask.grey()[i], values));
            }
            classes[i] = (byte) found;
        }
        return classes;
    }

    /** Such as 0 is class 0, 255 is class 1. */
    @Override
    public String toString() {
        return String.join(
                ", ",
                IntStream.range(0, values.size())
                        .mapToObj(i -> "%d is class %d".formatted(values.get(i), i))
                        .toList());
    }
}
