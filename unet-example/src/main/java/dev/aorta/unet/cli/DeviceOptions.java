package dev.aorta.unet.cli;

import dev.aorta.Device;
import picocli.CommandLine.Option;

/** The options that say where and how repeatably to compute. */
final class DeviceOptions {
    @Option(
            names = "--device",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "auto (CUDA when usable, else the CPU), cpu, cuda, or reference (slow, double precision)."
                    + " Default: ${DEFAULT-VALUE}")
    private String device = "auto";

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
        Device chosen = Device.of(device);
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
