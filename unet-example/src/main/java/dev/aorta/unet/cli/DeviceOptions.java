package dev.aorta.unet.cli;

import dev.aorta.Device;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say where and how repeatably to compute. */
final class DeviceOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    private @Nullable String device;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "auto (CUDA when usable, else the CPU), cpu, cuda, or reference (slow, double precision)."
                    + " Default: auto")
    void device(String name) {
        try {
            Device.checkName(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    Objects.requireNonNull(command).commandLine(), "--device: " + e.getMessage(), e);
        }
        device = name;
    }

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Threads of the CPU device; 0, the default, is one for each processor. The result does not depend on"
                            + " it.")
    private int threads;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "42",
            description = "Seed of everything random. Default: ${DEFAULT-VALUE}")
    private long seed;

    /** Opens the device; threads that cannot be had are an error, not a wish. */
    Device open() {
        return open("auto");
    }

    /**
     * {@link #open()} for what began on a device.
     *
     * @param otherwise the device where none is named, as it calls itself
     */
    Device open(String otherwise) {
        Device chosen = Device.of(device != null ? device : otherwise);
        if (threads == 0) {
            return chosen;
        }
        if (!chosen.toString().equals("cpu")) {
            chosen.close();
            throw new IllegalArgumentException(
                    "--threads is for the CPU, and the device is " + chosen + "; add --device cpu");
        }
        return Device.cpu(threads);
    }

    long seed() {
        return seed;
    }
}
