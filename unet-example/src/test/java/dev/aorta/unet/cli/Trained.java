package dev.aorta.unet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A training of two epochs that test classes share; they do not change it. */
final class Trained {
    private static final Trained ONCE = make();

    final Path folder;
    final Path data;
    final Path run;

    private Trained(Path folder, Path data, Path run) {
        this.folder = folder;
        this.data = data;
        this.run = run;
    }

    static Trained once() {
        return ONCE;
    }

    private static Trained make() {
        try {
            Path folder = Files.createTempDirectory("aorta-trained");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    Unet.delete(folder);
                } catch (IOException e) {
                    System.err.println(e);
                }
            }));
            Path data = Unet.data(folder.resolve("data"));
            Files.writeString(data.resolve("manifest.json"), "{\"source\": \"disks\"}");
            Path run = folder.resolve("runs").resolve("first");
            Unet.Result r = Unet.train(data, run, "--epochs", 2);
            if (r.code() != 0) {
                throw new IllegalStateException(r.err());
            }
            return new Trained(folder, data, run);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
