package dev.aorta.spark;

import dev.aorta.cluster.ClusterException;
import dev.aorta.io.FormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * How a worker ended. A failure is a result for Spark, so that the driver learns which worker's it was and whether another attempt can
 * help.
 *
 * @param rank of the worker
 * @param result of worker 0
 * @param failure what happened, or null
 */
record Outcome(
        int rank, @Nullable Serializable result, @Nullable Failure failure) implements Serializable {
    /** Why a worker failed, the likeliest cause of the others' failures last. */
    enum Reason {
        /** Another worker left. */
        PEER,
        /** A file, a disk or a network. */
        IO,
        /** The work itself, which would fail again. */
        WORK
    }

    /**
     * What a worker failed with.
     *
     * @param message in one line
     * @param trace the stack
     */
    record Failure(Reason reason, String message, String trace) implements Serializable {}

    static Outcome failed(int rank, Exception e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        return new Outcome(rank, null, new Failure(reason(e), e.toString(), trace.toString()));
    }

    private static Reason reason(Throwable e) {
        if (e instanceof UncheckedIOException && e.getCause() != null) {
            return reason(e.getCause());
        }
        if (e instanceof ClusterException) {
            return Reason.PEER;
        }
        return e instanceof IOException && !(e instanceof FormatException) ? Reason.IO : Reason.WORK;
    }
}
