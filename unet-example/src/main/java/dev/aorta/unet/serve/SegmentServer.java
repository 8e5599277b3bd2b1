package dev.aorta.unet.serve;

import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.explain.Uncertainty;
import dev.aorta.io.FormatException;
import dev.aorta.nn.FunctionLayer;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.serve.Answer;
import dev.aorta.serve.HttpError;
import dev.aorta.serve.ModelServer;
import dev.aorta.serve.Models;
import dev.aorta.serve.Request;
import dev.aorta.serve.Role;
import dev.aorta.serve.ServerOptions;
import dev.aorta.unet.explain.Explainer;
import dev.aorta.unet.imaging.FileKind;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/** The routes of the application: {@code POST /v1/segment}, its description and the page, beside those of a {@link ModelServer}. */
public final class SegmentServer {
    private static final int MOST_SLICES = 64;
    private static final Map<String, String> PAGE = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy",
            "no-referrer");

    private final ModelServer server;
    private final SegmentModels models;
    private final String name;
    private final Fit fit;

    private SegmentServer(ModelServer server, SegmentModels models, String name, Fit fit) {
        this.server = server;
        this.models = models;
        this.name = name;
        this.fit = fit;
    }

    /**
     * Starts the server and loads a model.
     *
     * @param name of the model that segments
     * @param version that is loaded first
     * @param fit what becomes of slices of another size than the network takes
     * @return the server, to be closed
     * @throws IOException when it cannot listen, or the model cannot be loaded
     */
    public static ModelServer start(ServerOptions options, SegmentModels models, String name, String version, Fit fit)
            throws IOException {
        ModelServer server = ModelServer.start(options, models);
        try {
            SegmentServer segment = new SegmentServer(server, models, name, fit);
            server.route("POST", "/v1/segment", Role.INFER, segment::segment);
            for (Map.Entry<String, String> page : Map.of(
                            "/", "index.html text/html; charset=utf-8",
                            "/page.js", "page.js text/javascript; charset=utf-8",
                            "/page.css", "page.css text/css; charset=utf-8",
                            "/openapi.json", "openapi.json application/json")
                    .entrySet()) {
                String[] words = page.getValue().split(" ", 2);
                byte[] content = resource(words[0]);
                server.route("GET", page.getKey(), null, r -> new Answer(200, words[1], PAGE, content));
            }
            server.models().load(name, version, 100);
            return server;
        } catch (HttpError e) {
            server.close();
            throw new IOException(e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(SegmentServer.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        }
    }

    /** A failure of the model in the middle of a function that may not throw it. */
    private static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient HttpError error;

        Failed(HttpError error) {
            super(error);
            this.error = error;
        }
    }

    private Answer segment(Request request) throws HttpError, IOException {
        String accept = request.header("Accept");
        boolean png = accept.contains("image/png");
        if (!png && !accept.isEmpty() && !accept.contains("*/*") && !accept.contains("application/json")) {
            throw new HttpError(406, "there is application/json, and image/png for one slice");
        }
        boolean doubts = !png && !"false".equals(request.query("uncertainty"));
        Models.Chosen chosen = server.models().choose(name, null);
        List<SliceResult> results = new ArrayList<>();
        try {
            for (InputSlice slice : slices(request.body())) {
                results.add(segment(chosen, slice, doubts));
                models.answered(chosen.model(), slice);
            }
        } catch (Failed e) {
            throw e.error;
        } catch (FormatException e) {
            throw unreadable(String.valueOf(e.getMessage()));
        }
        if (png && results.size() != 1) {
            throw new HttpError(406, "a PNG file has one slice, and there are " + results.size());
        }
        if (png) {
            SliceResult only = results.getFirst();
            return Answer.ok(
                    "image/png", Png.mask(only.slice().rows(), only.slice().columns(), only.mask()));
        }
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        json.put("model", name);
        json.put("version", chosen.version());
        List<Object> list = new ArrayList<>();
        for (SliceResult result : results) {
            list.add(result.json(list.size(), "true".equals(request.query("pictures"))));
        }
        json.put("slices", list);
        return Answer.json(json);
    }

    /** Readers want files; this one has a name by chance, is its owner's alone, and is gone before anything is computed. */
    private static List<InputSlice> slices(byte[] image) throws HttpError, IOException {
        Path file = Files.createTempFile("aorta-", ".image");
        try {
            Files.write(file, image);
            return read(file);
        } finally {
            Files.delete(file);
        }
    }

    private static List<InputSlice> read(Path file) throws HttpError {
        try {
            FileKind kind = FileKind.of(file);
            if (kind != FileKind.DICOM && kind != FileKind.NIFTI && kind != FileKind.PNG) {
                throw new HttpError(415, "a DICOM, NIfTI or PNG file is wanted, not " + kind);
            }
            List<InputSlice> slices = new ArrayList<>();
            InputSlice.read(file, null, slice -> {
                slices.add(slice);
                if (slices.size() > MOST_SLICES) {
                    throw new FormatException(
                            "the image has more than " + MOST_SLICES + " slices; send fewer at a time");
                }
            });
            return slices;
        } catch (IOException e) {
            throw unreadable(String.valueOf(e.getMessage()).replace(file.toString(), "the image"));
        }
    }

    private static HttpError unreadable(String message) {
        return new HttpError(422, PlainText.line(message));
    }

    private SliceResult segment(Models.Chosen chosen, InputSlice slice, boolean doubts) throws IOException {
        ModelConfig config = models.config(chosen.model());
        byte[] mask = fit.segment(slice, config.rows(), config.columns(), (rows, columns, grey) -> {
            try (Scope scope = Scope.noGrad()) {
                return Segmenter.classes(network(chosen).forward(input(config, rows, columns, grey), Pass.INFERENCE));
            }
        });
        byte[] entropy = !doubts
                ? null
                : fit.segment(slice, config.rows(), config.columns(), (rows, columns, grey) -> {
                    try (Scope scope = Scope.noGrad()) {
                        return bytes(Uncertainty.ofViews(
                                        network(chosen), input(config, rows, columns, grey), Explainer.VIEWS)
                                .entropy());
                    }
                });
        return new SliceResult(slice, mask, entropy);
    }

    private Tensor input(ModelConfig config, int rows, int columns, float[] grey) throws FormatException {
        config.requireSize("the image", rows, columns);
        float[] image = grey.clone();
        config.input().apply(image);
        return Tensor.of(models.device(), image, 1, rows, columns, 1);
    }

    /** The model as a layer that runs in batches with other callers'. */
    private Layer network(Models.Chosen chosen) {
        return new FunctionLayer(
                name,
                x -> {
                    try {
                        Values logits = chosen.model().run(new Values(x.toArray(), x.shape()));
                        Segmenter.requireFinite("the image", logits.array());
                        return logits.on(models.device());
                    } catch (HttpError e) {
                        throw new Failed(e);
                    } catch (FormatException e) {
                        throw new Failed(unreadable(String.valueOf(e.getMessage())));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new Failed(new HttpError(503, "the server is shutting down"));
                    }
                },
                List.of());
    }

    private static byte[] bytes(Values parts) {
        byte[] bytes = new byte[parts.array().length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Math.round(255 * Math.clamp(parts.array()[i], 0f, 1f));
        }
        return bytes;
    }
}
