package dev.aorta.spark;

import dev.aorta.cluster.ProcessGroup;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.SparkStatusTracker;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.BarrierJobAllocationFailed;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskInterruptListener;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Trains on the executors of Spark, one worker a task, all in one barrier stage. The workers are a {@link ProcessGroup}: what they train
 * has the bytes of one process, however many they are.
 *
 * <pre>{@code
 * byte[] model = SparkTraining.of(spark.sparkContext()).workers(4).retries(3).run(worker -> {
 *     Path data = worker.data("hdfs://namenode/digits");
 *     try (Device device = Device.cpu(8); Scope scope = Scope.open()) {
 *         Layer network = ...;
 *         new Trainer(network, device, Loss.crossEntropy(), adam)
 *                 .shards(8, worker.group())
 *                 .checkpoints(Path.of("/shared/runs/digits")).resume()
 *                 .fit(training, validation, 10);
 *         return bytes(network);
 *     }
 * });
 * }</pre>
 *
 * <p>When an executor is lost, a worker stalls, or a file or the network fails, the others end within a stated time, and the driver has
 * the same work begin anew, which goes on from its last checkpoint. The folder of checkpoints must be one that all executors see.
 */
public final class SparkTraining {
    private static final System.Logger LOG = System.getLogger(SparkTraining.class.getName());
    private static final int SECRET_BYTES = 32;
    /** Spark's name for what happens to a job that somebody ends. */
    private static final String CANCELLED = "SPARK_JOB_CANCELLED";

    /** How long tasks of a failed attempt may take to end, before the next attempt begins beside them. */
    private static final int LEAVING_MILLIS = 60_000;

    private static final int POLL_MILLIS = 100;

    private final SparkContext spark;
    private int workers = 1;
    private int retries = 3;

    private SparkTraining(SparkContext spark) {
        this.spark = spark;
    }

    /**
     * A training with one worker and three retries.
     *
     * @param spark whose executors work
     * @return the training
     */
    public static SparkTraining of(SparkContext spark) {
        return new SparkTraining(spark);
    }

    /**
     * How many work.
     *
     * @param count a power of two, at most as many as tasks can run at once
     * @return this
     * @throws IllegalArgumentException when it is no power of two
     */
    public SparkTraining workers(int count) {
        if (Integer.bitCount(count) != 1 || count < 1) {
            throw new IllegalArgumentException(
                    "[spark] workers must be 1, 2, 4, 8 or another power of two, and are " + count);
        }
        workers = count;
        return this;
    }

    /**
     * How often it is tried again.
     *
     * @param most 0 for never
     * @return this
     * @throws IllegalArgumentException when it is negative
     */
    public SparkTraining retries(int most) {
        if (most < 0) {
            throw new IllegalArgumentException("[spark] retries must not be negative, and are " + most);
        }
        retries = most;
        return this;
    }

    /**
     * Has all workers do the same, and waits for them.
     *
     * @param <T> what worker 0 gives back, such as a model's bytes
     * @param work of each worker
     * @return what that of worker 0 gave
     * @throws SparkTrainingException when the work fails with anything but an IOException, which another attempt could not mend; when it cannot be sent to
     *     executors; when
     *     all attempts failed; when somebody ended the job; or when there are fewer places than workers
     */
    public <T extends Serializable> T run(Work<T> work) {
        for (int attempt = 0; ; attempt++) {
            String lost;
            try {
                List<Outcome> outcomes = attempt(work, attempt);
                Outcome.Failure failure = worst(outcomes);
                if (failure == null) {
                    return result(outcomes);
                }
                if (failure.reason() == Outcome.Reason.WORK) {
                    throw new SparkTrainingException(failure.message() + "\n" + failure.trace());
                }
                lost = failure.message();
            } catch (Exception e) { // Spark's own are checked, and Scala does not say so
                if (!(e instanceof SparkException s)
                        || CANCELLED.equals(s.getCondition())
                        || s.getCause() instanceof NotSerializableException
                        || spark.isStopped()) {
                    throw unchecked(e);
                }
                lost = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            }
            if (attempt >= retries) {
                throw new SparkTrainingException(
                        "%d of %d attempts failed, the last one with: %s".formatted(attempt + 1, retries + 1, lost));
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "aorta: attempt {0} of {1} failed and is followed by another: {2}",
                    attempt + 1,
                    retries + 1,
                    lost);
        }
    }

    private RuntimeException unchecked(Exception e) {
        if (e instanceof BarrierJobAllocationFailed) {
            return new SparkTrainingException(
                    "Spark has no place for %d workers at once: give it as many free cores (of spark.task.cpus each), and switch"
                                    .formatted(workers)
                            + " spark.dynamicAllocation.enabled off: " + e.getMessage(),
                    e);
        }
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        return e instanceof RuntimeException r ? r : new SparkTrainingException(String.valueOf(e.getMessage()), e);
    }

    private static Outcome.@Nullable Failure worst(List<Outcome> outcomes) {
        return outcomes.stream()
                .map(Outcome::failure)
                .filter(f -> f != null)
                .max(Comparator.comparing(Outcome.Failure::reason))
                .orElse(null);
    }

    @SuppressWarnings("unchecked") // the same work gave it
    private static <T extends Serializable> T result(List<Outcome> outcomes) {
        return (T) Objects.requireNonNull(outcomes.getFirst().result(), "[spark] the work of worker 0 gave null");
    }

    private <T extends Serializable> List<Outcome> attempt(Work<T> work, int attempt) {
        String nonce = nonce();
        Broadcast<SerializableConfiguration> hadoop = SerializableConfiguration.broadcast(spark);
        ClassTag<Outcome> tag = ClassTag$.MODULE$.apply(Outcome.class);
        RDD<Integer> places = JavaSparkContext.fromSparkContext(spark)
                .parallelize(IntStream.range(0, workers).boxed().toList(), workers)
                .rdd();
        RDD<Outcome> outcomes = places.barrier().mapPartitions(task(work, attempt, nonce, hadoop), false, tag);
        String job = "aorta-" + UUID.randomUUID();
        spark.addJobTag(job);
        try {
            return new JavaRDD<>(outcomes, tag).collect();
        } finally {
            spark.removeJobTag(job);
            if (!spark.isStopped()) {
                spark.cancelJobsWithTag(job); // when the driver was interrupted
                awaitEnd(job);
                hadoop.destroy();
            }
        }
    }

    private static String nonce() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private interface Task extends Function1<Iterator<Integer>, Iterator<Outcome>>, Serializable {}

    private static <T extends Serializable> Task task(
            Work<T> work, int attempt, String nonce, Broadcast<SerializableConfiguration> hadoop) {
        return place -> {
            BarrierTaskContext task = BarrierTaskContext.get();
            Outcome outcome = outcome(task, work, attempt, nonce, hadoop);
            task.killTaskIfInterrupted();
            return CollectionConverters.asScala(List.of(outcome).iterator());
        };
    }

    private static <T extends Serializable> Outcome outcome(
            BarrierTaskContext task,
            Work<T> work,
            int attempt,
            String nonce,
            Broadcast<SerializableConfiguration> hadoop) {
        int rank = task.partitionId();
        try (ProcessGroup group = Meeting.join(task, nonce)) {
            TaskInterruptListener leave = (context, why) -> group.close();
            task.addTaskInterruptListener(leave);
            T result = work.run(new Worker(group, attempt, hadoop.value().value()));
            return new Outcome(rank, rank == 0 ? result : null, null);
        } catch (Exception e) {
            return Outcome.failed(rank, e);
        }
    }

    /** Waits until no task of a job runs any longer: those of a failed attempt may still hold files or places. */
    private void awaitEnd(String job) {
        SparkStatusTracker tracker = spark.statusTracker();
        int[] stages = IntStream.of(tracker.getJobIdsForTag(job))
                .mapToObj(tracker::getJobInfo)
                .filter(Predicate.not(scala.Option::isEmpty))
                .flatMapToInt(info -> IntStream.of(info.get().stageIds()))
                .toArray();
        for (int waited = 0; waited < LEAVING_MILLIS && !spark.isStopped(); waited += POLL_MILLIS) {
            boolean over = true;
            for (int stage : stages) {
                scala.Option<SparkStageInfo> info = tracker.getStageInfo(stage);
                over &= info.isEmpty() || info.get().numActiveTasks() == 0;
            }
            if (over) {
                return;
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
