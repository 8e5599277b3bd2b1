package dev.aorta.spark;

import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.spark.broadcast.Broadcast;

/** The networks that this executor has loaded. */
final class Loaded {
    private static final Map<String, SoftReference<Predictor>> BY_KEY = new HashMap<>();

    private Loaded() {}

    /**
     * The network of a key, loaded where it is not there.
     *
     * @param key of model and source
     */
    static synchronized Predictor of(String key, Broadcast<byte[]> model, Predictor.Source source) throws Exception {
        SoftReference<Predictor> known = BY_KEY.get(key);
        Predictor predictor = known == null ? null : known.get();
        if (predictor == null) {
            predictor = load(model.value(), source);
            BY_KEY.put(key, new SoftReference<>(predictor));
        }
        return predictor;
    }

    /** On a thread of its own: a scope that stays open is none of the thread that Spark gives to other tasks next. */
    private static Predictor load(byte[] model, Predictor.Source source) throws Exception {
        FutureTask<Predictor> loading = new FutureTask<>(() -> source.load(model));
        Thread.ofPlatform().name("aorta-load").daemon().start(loading);
        try {
            return loading.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("[spark] the model cannot be loaded: " + e.getCause(), e.getCause());
        }
    }
}
