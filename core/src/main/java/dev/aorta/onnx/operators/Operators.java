package dev.aorta.onnx.operators;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The operators that are supported, by name. One more is a method and a row in the class of its kind. */
public final class Operators {
    /** The oldest version of the standard's operators that is read. */
    public static final int OLDEST = 6;
    /** The newest version of the standard's operators that is read. */
    public static final int NEWEST = 28;

    private static final SortedMap<String, Operator> ALL = new TreeMap<>();

    static {
        for (List<Operator> rows : List.of(
                Convolutions.rows(),
                Pooling.rows(),
                Normalisation.rows(),
                Pointwise.rows(),
                Activations.rows(),
                Arithmetic.rows(),
                Products.rows(),
                Reductions.rows(),
                Reductions.arguments(),
                Movement.rows(),
                Cutting.rows(),
                Indexing.rows(),
                Resizing.rows(),
                ShapeArithmetic.rows())) {
            rows.forEach(o -> ALL.put(o.name(), o));
        }
    }

    private Operators() {}

    /** The operator of a name, or null when it is not supported. */
    public static @Nullable Operator of(String name) {
        return ALL.get(name);
    }

    /** The standard's operators that are supported. */
    public static SortedMap<String, Operator> all() {
        SortedMap<String, Operator> own = new TreeMap<>(ALL);
        own.keySet().removeIf(name -> name.startsWith("\0"));
        return Collections.unmodifiableSortedMap(own);
    }
}
