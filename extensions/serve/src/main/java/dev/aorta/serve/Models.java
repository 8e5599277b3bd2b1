package dev.aorta.serve;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    }

    /** One model. */
    private static final class Entry {
        private final SortedMap<String, ServedModel> loaded = new TreeMap<>();
        private String current = "";
        private String previous = "";
        private String canary = "";
        private int percent;
        private long requests;
    }

    /**
     * A version and its model, for one request.
     *
     * @param version of the model
     * @param model that answers
     */
    public record Chosen(String version, ServedModel model) {}

    /**
     * A version and what it is for.
     *
     * @param name of the model
     * @param version of it
     * @param share of the requests that name no version, percent
     */
    record Listed(String name, String version, int share) {}

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
            } else {
                entries.put(name, entry);
                if (fresh != null && entry.loaded.putIfAbsent(version, fresh) != null) {
                    old.add(fresh);
                }
                share(entry, version, percent);
                old.addAll(unused(name, entry));
            }
        }
        old.forEach(Models::close);
        if (refusal != null) {
            throw refusal;
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
            System.getLogger(Models.class.getName()).log(System.Logger.Level.ERROR, "cannot load " + name, e);
            throw new HttpError(
                    500, "version " + version + " of " + name + " cannot be loaded: the server's log says why");
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

    /** Takes out what is neither current, nor the one before, nor a canary. */
    private List<ServedModel> unused(String name, Entry entry) {
        List<ServedModel> unused = new ArrayList<>();
        for (String version : List.copyOf(entry.loaded.keySet())) {
            if (!version.equals(entry.current) && !version.equals(entry.previous) && !version.equals(entry.canary)) {
                unused.add(entry.loaded.remove(version));
                metrics.remove("aorta_queue_requests", "model", name, "version", version);
            }
        }
        return unused;
    }

    /**
     * Takes the canary away, or without one goes back to the version before.
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
            if (!entry.canary.isEmpty()) {
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
        return new Chosen(chosen, model);
    }

    /** The versions that are loaded, of one model or of all. */
    synchronized List<Listed> list() {
        List<Listed> list = new ArrayList<>();
        new TreeMap<>(entries)
                .forEach((name, entry) -> entry.loaded.keySet().forEach(version -> {
                    int share = version.equals(entry.current)
                            ? 100 - entry.percent
                            : version.equals(entry.canary) ? entry.percent : 0;
                    list.add(new Listed(name, version, share));
                }));
        return list;
    }

    /** Unloads everything, after what waits was answered. */
    @Override
    public void close() {
        Map<String, ServedModel> old = new LinkedHashMap<>();
        synchronized (this) {
            closed = true;
            entries.forEach((name, entry) -> entry.loaded.forEach((version, m) -> old.put(name + " " + version, m)));
            entries.clear();
        }
        old.values().forEach(ServedModel::close);
    }
}
