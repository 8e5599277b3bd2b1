package dev.aorta.onnx.proto;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of an input or an output.
 *
 * @param name of the value
 * @param type of its elements; {@link ElementType#UNDEFINED} for what is no tensor, such as a sequence
 * @param dims its axes, or null when the file does not say how many there are
 */
public record ValueInfo(
        String name, ElementType type, @Nullable List<Dim> dims) {
    public ValueInfo {
        dims = dims == null ? null : List.copyOf(dims);
    }

    /** The extent of an axis. */
    public sealed interface Dim {
        /** A number. */
        record Fixed(long extent) implements Dim {
            @Override
            public String toString() {
                return Long.toString(extent);
            }
        }

        /** A free one with a name; axes of one name are equal. */
        record Symbol(String name) implements Dim {
            @Override
            public String toString() {
                return name;
            }
        }

        /** A free one. */
        record Unknown() implements Dim {
            @Override
            public String toString() {
                return "?";
            }
        }
    }

    /** For example {@code float [N, 3, 224, 224]}. */
    public String description() {
        String axes = dims == null
                ? "of any shape"
                : dims.stream().map(Object::toString).collect(Collectors.joining(", ", "[", "]"));
        return type.label() + " " + axes;
    }
}
