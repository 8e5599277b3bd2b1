package dev.aorta.serve;

import java.io.IOException;
import java.util.List;

/** Hears of each use of a model before anything is computed, such as to write it down. */
@FunctionalInterface
public interface UseListener {
    /**
     * A model is about to be used.
     *
     * @param caller {@code local} where no token is asked, else the role and the first 8 hexadecimal digits of the token's SHA-256
     * @param model that is used
     * @param inputs images, or the whole body of the Open Inference Protocol
     * @throws IOException when it may not be used; nothing is computed then
     */
    void used(String caller, ServedModel model, List<byte[]> inputs) throws IOException;
}
