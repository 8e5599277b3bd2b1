package dev.aorta.unet.cli;

import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.track.ModelTracking;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Tells an MLflow server of what is new in a registry's log. */
final class ModelServer {
    /** A command does not wait long for a server that does not answer. */
    private static final Duration SHORT = Duration.ofSeconds(2);

    private ModelServer() {}

    /**
     * Tells of it where a server was ever named for the registry; what cannot be told is noted, and told another time.
     *
     * @param url of the server, or null for the one that was named before
     */
    static void tell(Path registry, @Nullable String url, PrintWriter err) {
        if (url == null && !ModelTracking.isTracked(registry)) {
            return;
        }
        try {
            sync(registry, url, SHORT);
        } catch (IOException e) {
            err.println("unet: note: tracking: " + e.getMessage()
                    + "; it is kept here all the same, and sent later with: unet track sync " + registry);
        }
    }

    /**
     * Tells of all that the server has not heard of.
     *
     * @return entries that it was told
     */
    static int sync(Path registry, @Nullable String url, Duration patience) throws IOException {
        ModelTracking tracking = ModelTracking.of(registry, url, patience);
        Registry.open(registry).history(e -> tracking.tell(e.number(), e.event(), e.what(), e.hash()));
        return tracking.told();
    }
}
