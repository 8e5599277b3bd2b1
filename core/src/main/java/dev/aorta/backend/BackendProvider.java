package dev.aorta.backend;

/** A family of devices that another module brings; found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
    /** {@return the name in device strings, for example {@code cuda}} */
    String name();

    /** {@return why no device of this family can be used here and what to do about it; empty when one can} */
    String unusableBecause();

    /**
     * Opens a device.
     *
     * @param index from 0
     * @return the device, to be closed
     * @throws IllegalStateException when it cannot be used, saying why and what to do
     */
    Backend open(int index);
}
