package dev.aorta.unet.serve;

import dev.aorta.Scope;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.explain.Uncertainty;
import dev.aorta.io.FormatException;
import dev.aorta.nn.FunctionLayer;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.serve.HttpError;
import dev.aorta.serve.Models;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.explain.Explainer;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A version that was chosen for one request: its masks of slices of any size, which run in batches with other callers'. */
final class ServedNetwork implements Tracing.Network {
    /** How long later slices of a request wait for others' requests, ns; the first one is refused at once. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    /** An explanation takes as much as several predictions, past the queue: one at a time. */
    private static final Semaphore EXPLAINING = new Semaphore(1, true);

    private final SegmentModels models;
    private final Models.Chosen chosen;
    private final SegmentModels.Known known;
    private final Fit fit;
    private final Layer network = new FunctionLayer("served", this::logits, List.of());
    private boolean begun;

    ServedNetwork(SegmentModels models, Models.Chosen chosen, Fit fit) {
        this.models = models;
        this.chosen = chosen;
        this.fit = fit;
        known = models.known(chosen.model());
    }

    /** A failure of the model in the middle of a function that may not throw it. */
    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient HttpError error;

        Failed(HttpError error) {
            super(error);
            this.error = error;
        }

        HttpError error() {
            return error;
        }
    }

    int classes() {
        return known.config().classes();
    }

    String digest() {
        return known.digest();
    }

    /** The class of each pixel, [rows, columns]. */
    byte[] mask(InputSlice slice) throws IOException {
        models.answers(chosen.model(), slice);
        return run(slice, 1, x -> Segmenter.classes(network.forward(x, Pass.INFERENCE)));
    }

    @Override
    public byte[] classAndConfidences(InputSlice slice) throws IOException {
        models.answers(chosen.model(), slice);
        return run(
                slice,
                classes(),
                x -> Tracing.Network.pixels(
                        network.forward(x, Pass.INFERENCE).softmax().toArray(), classes()));
    }

    /** The entropy of each pixel over {@link Explainer#VIEWS}, in 255ths of the largest there can be. */
    byte[] entropy(InputSlice slice) throws IOException {
        return run(
                slice,
                1,
                x -> bytes(
                        Uncertainty.ofViews(network, x, Explainer.VIEWS)
                                .entropy()
                                .array(),
                        1));
    }

    /** Seg-Grad-CAM of a class, in 255ths of its largest value. */
    byte[] gradCam(InputSlice slice, int target) throws IOException {
        try {
            if (!EXPLAINING.tryAcquire(PATIENCE, TimeUnit.NANOSECONDS)) {
                throw new Failed(new HttpError(429, "other requests are being explained; try again later"));
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
        try {
            return run(
                    slice,
                    1,
                    x -> chosen.model().model().run(finished -> {
                        byte[] mask = Segmenter.classes(finished.forward(x, Pass.INFERENCE));
                        float[] map = Explainer.gradCam(known.network(), x, null, Explainer.score(mask, target))
                                .array();
                        float most = 0;
                        for (float v : map) {
                            most = Math.max(most, v);
                        }
                        return bytes(map, most);
                    }));
        } catch (ShapeException e) {
            throw new Failed(Upload.unreadable("this network cannot be explained: " + e.getMessage()));
        } finally {
            EXPLAINING.release();
        }
    }

    private interface Run {
        byte[] of(Tensor x);
    }

    private byte[] run(InputSlice slice, int depth, Run run) throws IOException {
        return fit.segment(slice, known.config().known(), depth, (rows, columns, grey) -> {
            known.config().requireSize("the image", rows, columns);
            float[] image = grey.clone();
            known.config().input().apply(image);
            try (Scope scope = Scope.noGrad()) {
                return run.of(Tensor.of(models.device(), image, 1, rows, columns, 1));
            }
        });
    }

    private Tensor logits(Tensor x) {
        Values input = new Values(x.toArray(), x.shape());
        long until = System.nanoTime() + PATIENCE;
        try {
            while (true) {
                try {
                    Values logits = chosen.run(input);
                    Segmenter.requireFinite("the image", logits.array());
                    begun = true;
                    return logits.on(models.device());
                } catch (HttpError e) {
                    if (e.status() != 429 || !begun || System.nanoTime() > until) {
                        throw new Failed(e);
                    }
                    Thread.sleep(20);
                }
            }
        } catch (FormatException e) {
            throw new Failed(Upload.unreadable(String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static Failed interrupted() {
        Thread.currentThread().interrupt();
        return new Failed(new HttpError(503, "the server is shutting down"));
    }

    private static byte[] bytes(float[] map, float most) {
        byte[] bytes = new byte[map.length];
        for (int i = 0; i < bytes.length && most > 0; i++) {
            bytes[i] = (byte) Math.round(255 * Math.clamp(map[i] / most, 0f, 1f));
        }
        return bytes;
    }
}
