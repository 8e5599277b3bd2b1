package dev.aorta.spark;

import java.io.Serializable;

/**
 * What each worker does. It travels to the executors as lambdas of Spark do: whatever it uses of its surroundings must be serializable,
 * and its class on their class path.
 *
 * @param <T> what worker 0 gives to the driver
 */
@FunctionalInterface
public interface Work<T extends Serializable> extends Serializable {
    /**
     * Does the work of one worker.
     *
     * @param worker which one, and its group
     * @return the result; that of worker 0 goes to the driver, the others' go nowhere
     * @throws Exception which ends the attempt in all workers
     */
    T run(Worker worker) throws Exception;
}
