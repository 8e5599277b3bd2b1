package dev.aorta.bench;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What clients saw that ask the same again and again, each as soon as it has an answer.
 *
 * @param seconds that they asked
 * @param milliseconds of the answers with 200, ascending
 * @param busy answers with 429
 * @param other answers
 */
public record Clients(double seconds, List<Double> milliseconds, int busy, int other) {
    /** Head of {@link #row}. */
    public static final String HEAD =
            "%12s %9s %9s %9s %9s %7s".formatted("answers/s", "p50 ms", "p99 ms", "answers", "429", "other");

    /** Asks. */
    public static Clients ask(HttpClient http, HttpRequest request, int clients, double seconds)
            throws InterruptedException, ExecutionException {
        long until = System.nanoTime() + (long) (seconds * 1e9);
        Callable<Clients> client = () -> {
            List<Double> milliseconds = new ArrayList<>();
            int busy = 0;
            int other = 0;
            while (System.nanoTime() < until) {
                long begin = System.nanoTime();
                int status = http.send(request, HttpResponse.BodyHandlers.ofByteArray())
                        .statusCode();
                if (status == 200) {
                    milliseconds.add((System.nanoTime() - begin) / 1e6);
                } else if (status == 429) {
                    busy++;
                    Thread.sleep(100); // a client that is told to come again does not come at once
                } else {
                    other++;
                }
            }
            return new Clients(seconds, milliseconds, busy, other);
        };
        List<Double> milliseconds = new ArrayList<>();
        int busy = 0;
        int other = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Clients> future : threads.invokeAll(Collections.nCopies(clients, client))) {
                Clients seen = future.get();
                milliseconds.addAll(seen.milliseconds);
                busy += seen.busy;
                other += seen.other;
            }
        }
        Collections.sort(milliseconds);
        return new Clients(seconds, milliseconds, busy, other);
    }

    /** Answers with 200 in a second. */
    public double throughput() {
        return milliseconds.size() / seconds;
    }

    /** Time that a part of the answers with 200 took at most, ms. */
    public double percentile(double part) {
        return milliseconds.isEmpty()
                ? Double.NaN
                : milliseconds.get((int) Math.min(milliseconds.size() - 1, part * milliseconds.size()));
    }

    /** A line of a table. */
    public String row() {
        return String.format(
                Locale.ROOT,
                "%12.1f %9.1f %9.1f %9d %9d %7d",
                throughput(),
                percentile(0.5),
                percentile(0.99),
                milliseconds.size(),
                busy,
                other);
    }
}
