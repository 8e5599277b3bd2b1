package dev.aorta.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.SortedMap;

/** A network that is loaded, and how it sees a file. An executor has one of each, and its tasks call it at the same time. */
@FunctionalInterface
public interface Predictor {
    /** Loads networks on executors, to which it travels as lambdas of Spark do. */
    @FunctionalInterface
    interface Source extends Serializable {
        /**
         * Loads the network, once in each executor.
         *
         * @param model its bytes, not to be modified
         * @return the network, which lives as long as the executor, or until its memory is wanted
         * @throws Exception which ends the job
         */
        Predictor load(byte[] model) throws Exception;
    }

    /**
     * Looks at one file.
     *
     * @param path for messages
     * @param content of the file
     * @return what the network says
     * @throws Exception what is wrong with the file; its message stands in the row
     */
    Prediction predict(String path, byte[] content) throws Exception;

    /**
     * Looks at the files of a folder together, such as the pictures of a series. Without it a folder is an error.
     *
     * @param path of the folder, for messages
     * @param files contents by their paths in the folder
     * @return what the network says
     * @throws Exception what is wrong with them; its message stands in the row
     */
    default Prediction predict(String path, SortedMap<String, byte[]> files) throws Exception {
        throw new IOException(path + ": it is a folder; name the files in it");
    }
}
