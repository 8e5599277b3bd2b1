package dev.aorta.backend;

/** Memory of one backend that holds a contiguous run of float32 elements (float64 in the reference backend). */
public interface Buffer {
    /** {@return the number of elements} */
    int size();
}
