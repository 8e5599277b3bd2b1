package dev.aorta.onnx.value;

import dev.aorta.onnx.proto.ElementType;

/** A tensor of a running graph: its type, its extents, and its elements on the host or on a device. */
public sealed interface Value permits HostValue, DeviceValue {
    /** Type of the elements, as the standard has it. */
    ElementType type();

    /** Extents in the standard's order of axes, as a copy; one may be 0 on the host. */
    int[] dims();

    /** Number of axes. */
    int rank();

    /** Extent of an axis, counted from 0. */
    int dim(int axis);

    /** Number of elements. */
    int size();

    /** This on the host. */
    HostValue host();

    /** The same elements in the same order under other extents. */
    Value reshape(int... dims);

    /** The axes in another order: axis i of the result is axis {@code axes[i]} of this. */
    Value transpose(int... axes);

    /**
     * Slices along an axis by their index.
     *
     * @param index each from 0 to the axis' extent - 1
     */
    Value pick(int axis, int... index);

    /**
     * Elements by their number in row-major order.
     *
     * @param dims of the result
     * @param index for each element of the result, in row-major order
     */
    Value pickAll(int[] dims, int[] index);

    /** The same elements, which count as of another type. */
    Value as(ElementType type);
}
