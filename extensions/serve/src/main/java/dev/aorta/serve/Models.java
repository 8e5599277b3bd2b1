package dev.aorta.serve;

import dev.aorta.data.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The models that are served, by name and version. Of each, one version is current; another may get a share of the requests (a canary);
 * the one before stays loaded, so that a rollback takes no time.
 */
public final class Models implements AutoCloseable {
    /** What knows the models by name; a request never names a file. */
    @FunctionalInterface
    public interface Loader {
        /**
         * Loads a version, checks that it is what it should be, and runs it once.
         *
         * @param name of the model
         * @param version of it
         * @return the version, or null when there is none of that name
         * @throws Exception when it cannot be loaded
         */
        @Nullable
        ServedModel load(String name, String version) throws Exception;

        /**
         * The version that an alias, such as champion, stands for now.
         *
         * @param name of the model
         * @param alias for one of its versions
         * @return the version, or null when there is none
         * @throws Exception when it cannot be told
         */
        default @Nullable String version(String name, String alias) throws Exception {
            return null;
        }
    }

    /** One model. */
    private static final class Entry {
        private final SortedMap<String, ServedModel> loaded = new TreeMap<>();
        private String current = "";
        private String previous = "";
        private String canary = "";
        private int percent;
        private long requests;
        private @Nullable Shadow shadow;
    }

    /**
     * A version and its model, for one request.
     *
     * @param version of the model
     * @param model that answers
     * @param shadow that gets a copy, or null
     */
    public record Chosen(
            String version, ServedModel model, @Nullable Shadow shadow) {
        /**
         * As {@link ServedModel#run}, and offers a shadow a copy.
         *
         * @param values (N, ..), of a shape that the input takes
         * @return what the model gives, (N, ..)
         * @throws HttpError 429 when the queue is full, 503 when it is not served, 500 when it fails
         * @throws InterruptedException when the waiting thread is interrupted
         */
        public Values run(Values values) throws HttpError, InterruptedException {
            Values answer = model.run(values);
            if (shadow != null) {
                shadow.offer(values, answer, model.waiting() > 0);
            }
            return answer;
        }
    }

    /**
     * A version and what it is for.
     *
     * @param name of the model
     * @param version of it
     * @param share of the requests that name no version, percent
     * @param shadow whether it gets copies of requests
     */
    record Listed(String name, String version, int share, boolean shadow) {}

    private final Loader loader;
    private final Metrics metrics;
    private final Map<String, Entry> entries = new HashMap<>();
    private boolean closed;

    Models(Loader loader, Metrics metrics) {
        this.loader = loader;
        this.metrics = metrics;
    }

    /**
     * Loads a version where it is not yet, and gives it a share of the requests that name no version: with 100 it becomes the current
     * one, with less a canary beside that.
     *
     * @param name of the model
     * @param version of it
     * @param percent of requests, 0 to 100
     * @throws HttpError 404 when there is none of that name; 409 when a first version would be a canary; 500 when it cannot be loaded;
     *     503 when the server is closed
     */
    public void load(String name, String version, int percent) throws HttpError {
        if (percent < 0 || percent > 100) {
            throw new HttpError(400, "the share must be 0 to 100 percent, not " + percent);
        }
        load(name, version, percent, false);
    }

    /**
     * Loads a version where it is not yet, and gives it a copy of each request that other versions answer. What it gives is compared
     * with their answers, and nobody else sees it. It takes the place of another shadow.
     *
     * @param name of the model
     * @param version of it, not the current one
     * @throws HttpError as {@link #load}; 409 also when it is the current one
     */
    public void shadow(String name, String version) throws HttpError {
        load(name, version, 0, true);
    }

    /**
     * The version that an alias stands for now.
     *
     * @param name of the model
     * @param alias for one of its versions
     * @return the version
     * @throws HttpError 404 when there is none; 500 when it cannot be told
     */
    public String version(String name, String alias) throws HttpError {
        try {
            String version = loader.version(name, alias);
            if (version == null) {
                throw new HttpError(404, "there is no version of " + name + " with the alias " + alias);
            }
            return version;
        } catch (HttpError e) {
            throw e;
        } catch (Exception e) {
            throw new HttpError(
                    500, "the alias " + alias + " of " + name + " cannot be read: the server's log says why", e);
        }
    }

    private void load(String name, String version, int percent, boolean shadow) throws HttpError {
        ServedModel fresh = isLoaded(name, version) ? null : make(name, version);
        List<@Nullable ServedModel> old = new ArrayList<>();
        HttpError refusal = null;
        synchronized (this) {
            Entry entry = entries.getOrDefault(name, new Entry());
            if (closed) {
                refusal = new HttpError(503, "the server is shutting down");
                old.add(fresh);
            } else if (entry.current.isEmpty() && percent < 100) {
                refusal = new HttpError(409, "the first version of " + name + " gets all requests, 100 percent");
                old.add(fresh);
            } else if (shadow && version.equals(entry.current)) {
                refusal = new HttpError(409, "version " + version + " of " + name + " is the current one");
                old.add(fresh);
            } else {
                if (fresh == null && !entry.loaded.containsKey(version)) {
                    throw new HttpError(
                            409, "version " + version + " of " + name + " was unloaded just now; ask again");
                }
                entries.put(name, entry);
                if (fresh != null && entry.loaded.putIfAbsent(version, fresh) != null) {
                    old.add(fresh);
                }
                endShadow(entry, shadow ? null : version);
                if (shadow) {
                    if (version.equals(entry.canary)) {
                        entry.canary = "";
                        entry.percent = 0;
                    }
                    entry.shadow =
                            new Shadow(name, version, Objects.requireNonNull(entry.loaded.get(version)), metrics);
                } else {
                    share(entry, version, percent);
                }
                old.addAll(unused(name, entry));
            }
        }
        old.forEach(Models::close);
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Ends the shadow, or that of one version alone. */
    private static void endShadow(Entry entry, @Nullable String version) {
        if (entry.shadow != null && (version == null || version.equals(entry.shadow.version()))) {
            entry.shadow.close();
            entry.shadow = null;
        }
    }

    private static void close(@Nullable ServedModel model) {
        if (model != null) {
            model.close();
        }
    }

    private synchronized boolean isLoaded(String name, String version) {
        Entry entry = entries.get(name);
        return entry != null && entry.loaded.containsKey(version);
    }

    private ServedModel make(String name, String version) throws HttpError {
        try {
            ServedModel fresh = loader.load(name, version);
            if (fresh == null) {
                throw new HttpError(404, "there is no version " + version + " of a model " + name);
            }
            fresh.start(name, version, metrics);
            return fresh;
        } catch (HttpError e) {
            throw e;
        } catch (Exception e) {
            throw new HttpError(
                    500, "version " + version + " of " + name + " cannot be loaded: the server's log says why", e);
        }
    }

    private static void share(Entry entry, String version, int percent) {
        if (percent == 100) {
            if (!version.equals(entry.current)) {
                entry.previous = entry.current;
                entry.current = version;
            }
            entry.canary = "";
        } else if (!version.equals(entry.current)) {
            entry.canary = version;
        }
        entry.percent = entry.canary.isEmpty() ? 0 : percent;
    }

    /** Takes out what is neither current, nor the one before, nor a canary, nor a shadow. */
    private List<ServedModel> unused(String name, Entry entry) {
        List<ServedModel> unused = new ArrayList<>();
        for (String version : List.copyOf(entry.loaded.keySet())) {
            boolean shadow = entry.shadow != null && version.equals(entry.shadow.version());
            if (!version.equals(entry.current)
                    && !version.equals(entry.previous)
                    && !version.equals(entry.canary)
                    && !shadow) {
                unused.add(entry.loaded.remove(version));
                metrics.remove("aorta_queue_requests", "model", name, "version", version);
            }
        }
        return unused;
    }

    /**
     * Takes canary and shadow away, or without one goes back to the version before.
     *
     * @param name of the model
     * @return the version that is current now
     * @throws HttpError 404 when the model is not loaded; 409 when there is nothing to go back to
     */
    public String rollback(String name) throws HttpError {
        List<ServedModel> old;
        String current;
        synchronized (this) {
            Entry entry = entry(name);
            if (!entry.canary.isEmpty() || entry.shadow != null) {
                endShadow(entry, null);
                entry.canary = "";
                entry.percent = 0;
            } else if (entry.loaded.containsKey(entry.previous)) {
                entry.current = entry.previous;
                entry.previous = "";
            } else {
                throw new HttpError(409, name + " has no version before " + entry.current);
            }
            current = entry.current;
            old = unused(name, entry);
        }
        old.forEach(Models::close);
        return current;
    }

    /**
     * Unloads all versions of a model.
     *
     * @param name of the model
     * @throws HttpError 404 when it is not loaded
     */
    public void unload(String name) throws HttpError {
        List<ServedModel> old;
        synchronized (this) {
            Entry entry = entry(name);
            entries.remove(name);
            endShadow(entry, null);
            entry.current = "";
            entry.previous = "";
            entry.canary = "";
            old = unused(name, entry);
        }
        old.forEach(Models::close);
    }

    private Entry entry(String name) throws HttpError {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new HttpError(404, "there is no model " + name);
        }
        return entry;
    }

    /**
     * The version that answers: the one that is named, or the current one, or of every hundred requests the canary's share.
     *
     * @param name of the model
     * @param version of it, or null
     * @return the version, which may be unloaded at any time
     * @throws HttpError 404 when it is not loaded
     */
    public synchronized Chosen choose(String name, @Nullable String version) throws HttpError {
        Entry entry = entry(name);
        String chosen = version;
        if (chosen == null) {
            long n = entry.requests++;
            boolean canary = (n + 1) * entry.percent / 100 > n * entry.percent / 100;
            chosen = canary ? entry.canary : entry.current;
        }
        ServedModel model = entry.loaded.get(chosen);
        if (model == null) {
            throw new HttpError(404, "version " + chosen + " of " + name + " is not loaded");
        }
        boolean itself = entry.shadow != null && chosen.equals(entry.shadow.version());
        return new Chosen(chosen, model, itself ? null : entry.shadow);
    }

    /** The versions that are loaded, of one model or of all. */
    synchronized List<Listed> list() {
        List<Listed> list = new ArrayList<>();
        new TreeMap<>(entries)
                .forEach((name, entry) -> entry.loaded.keySet().forEach(version -> {
                    int share = version.equals(entry.current)
                            ? 100 - entry.percent
                            : version.equals(entry.canary) ? entry.percent : 0;
                    boolean shadow = entry.shadow != null && version.equals(entry.shadow.version());
                    list.add(new Listed(name, version, share, shadow));
                }));
        return list;
    }

    /** Unloads everything, after what waits was answered. */
    @Override
    public void close() {
        Map<String, ServedModel> old = new LinkedHashMap<>();
        synchronized (this) {
            closed = true;
            entries.values().forEach(entry -> endShadow(entry, null));
            entries.forEach((name, entry) -> entry.loaded.forEach((version, m) -> old.put(name + " " + version, m)));
            entries.clear();
        }
        old.values().forEach(ServedModel::close);
    }
}
