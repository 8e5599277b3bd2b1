package dev.aorta.unet.serve;

import dev.aorta.io.FormatException;
import dev.aorta.serve.Answer;
import dev.aorta.serve.HttpError;
import dev.aorta.serve.ModelServer;
import dev.aorta.serve.Models;
import dev.aorta.serve.Request;
import dev.aorta.serve.Role;
import dev.aorta.serve.ServerOptions;
import dev.aorta.serve.UseListener;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Png;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The routes of the application: {@code POST /v1/segment}, its description and the page, beside those of a {@link ModelServer}. */
public final class SegmentServer {
    private static final Map<String, String> PAGE = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy",
            "no-referrer");

    /** Memory that making a picture of twice the size takes for each pixel. */
    private static final long PICTURE_BYTES = 64;

    private final ModelServer server;
    private final SegmentModels models;
    private final SegmentOptions options;

    private SegmentServer(ModelServer server, SegmentModels models, SegmentOptions options) {
        this.server = server;
        this.models = models;
        this.options = options;
    }

    /**
     * Starts the server and loads the first models.
     *
     * @param uses hears of each use of a model, before anything is computed
     * @return the server, to be closed
     * @throws IOException when it cannot listen, or a model cannot be loaded
     */
    public static ModelServer start(
            ServerOptions server, SegmentModels models, SegmentOptions options, UseListener uses) throws IOException {
        ModelServer http = ModelServer.start(server, models);
        try {
            http.onUse(uses);
            SegmentServer segment = new SegmentServer(http, models, options);
            http.route("POST", "/v1/segment", Role.INFER, segment::segment);
            for (Map.Entry<String, String> page : Map.of(
                            "/", "index.html text/html; charset=utf-8",
                            "/page.js", "page.js text/javascript; charset=utf-8",
                            "/page.css", "page.css text/css; charset=utf-8",
                            "/openapi.json", "openapi.json application/json")
                    .entrySet()) {
                String[] words = page.getValue().split(" ", 2);
                byte[] content = resource(words[0]);
                http.route("GET", page.getKey(), null, r -> new Answer(200, words[1], PAGE, content));
            }
            for (Map.Entry<String, String> first : options.models().entrySet()) {
                http.models().load(first.getKey(), first.getValue(), 100);
            }
            return http;
        } catch (HttpError e) {
            http.close();
            throw e.getCause() instanceof IOException why ? why : new IOException(e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            http.close();
            throw e;
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(SegmentServer.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        }
    }

    private Answer segment(Request request) throws HttpError, IOException {
        Question question = Question.of(request);
        String name = Objects.requireNonNullElse(
                request.query("model"), options.models().sequencedKeySet().getFirst());
        Models.Chosen chosen = server.models().choose(name, null);
        ServedNetwork network = new ServedNetwork(models, chosen, options.fit());
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        json.put("model", name);
        json.put("version", chosen.version());
        try {
            Images images = read(request, question, chosen);
            if (question.pictures()) {
                request.reserve(PICTURE_BYTES * images.largest());
            }
            return images.stack() != null
                    ? series(question, network, SeriesResult.of(images.stack(), network, options, images.drawn()), json)
                    : images(question, network, images, json);
        } catch (ServedNetwork.Failed e) {
            throw e.error();
        } catch (FormatException | IllegalArgumentException e) {
            throw Upload.unreadable(String.valueOf(e.getMessage()));
        }
    }

    /**
     * What was sent, in memory.
     *
     * @param stack the series, or null
     * @param drawn by an expert in the series, or null
     * @param slices that are no series
     * @param problem why they are none, or empty
     */
    private record Images(
            @Nullable CineStack stack, @Nullable Tracing drawn, List<InputSlice> slices, String problem) {
        /** Pixels of the largest. */
        int largest() {
            return stack != null
                    ? stack.rows() * stack.columns()
                    : slices.stream().mapToInt(s -> s.grey().length).max().orElse(0);
        }
    }

    private Images read(Request request, Question question, Models.Chosen chosen) throws HttpError, IOException {
        boolean segmentation = question.form() == Question.Form.SEG;
        String problem = "";
        try (Upload upload = Upload.of(request)) {
            server.use(request, chosen.model(), upload.inputs());
            try {
                if (upload.mayBeSeries() || segmentation) {
                    try {
                        CineStack stack = upload.stack(request);
                        return new Images(stack, upload.hasExpert() ? upload.drawn(stack) : null, List.of(), "");
                    } catch (FormatException e) {
                        problem = upload.hidden(String.valueOf(e.getMessage()));
                    }
                }
                if (segmentation || question.form() == Question.Form.REPORT) {
                    throw Upload.unreadable(problem.isEmpty() ? "one slice has no volume" : problem);
                }
                return new Images(null, null, upload.slices(request), problem);
            } catch (IOException e) {
                throw problem.isEmpty() ? upload.unreadable(e) : Upload.unreadable(problem);
            }
        }
    }

    private Answer series(
            Question question, ServedNetwork network, SeriesResult result, SequencedMap<String, Object> json)
            throws HttpError, IOException {
        switch (question.form()) {
            case SEG:
                return result.segmentation(options);
            case REPORT:
                return result.report(options);
            case PNG:
                throw new HttpError(406, "a PNG file has one slice, and this is a series");
            default:
                json.put("series", result.json());
                json.put("series_problem", result.problem());
                json.put("slices", result.slices(question, network, target(network)));
                return Answer.json(json);
        }
    }

    private Answer images(Question question, ServedNetwork network, Images images, SequencedMap<String, Object> json)
            throws HttpError, IOException {
        boolean png = question.form() == Question.Form.PNG;
        if (png && images.slices().size() != 1) {
            throw new HttpError(
                    406,
                    "a PNG file has one slice, and there are " + images.slices().size());
        }
        List<Object> list = new ArrayList<>();
        for (InputSlice slice : images.slices()) {
            byte[] mask = network.mask(slice);
            if (png) {
                return Answer.ok(
                        question.form().type(), Png.mask(slice.rows(), slice.columns(), mask, network.classes()));
            }
            boolean doubts = !Boolean.FALSE.equals(question.doubts());
            SequencedMap<String, Object> place = new LinkedHashMap<>();
            place.put("slice", list.size());
            list.add(new SliceResult(
                            slice,
                            mask,
                            target(network),
                            doubts ? network.entropy(slice) : null,
                            question.explained() ? network.gradCam(slice, target(network)) : null)
                    .json(place, question.pictures()));
        }
        if (!images.problem().isEmpty()) {
            json.put("series", null);
            json.put("series_problem", images.problem());
        }
        json.put("slices", list);
        return Answer.json(json);
    }

    /** The class that experts draw and explanations are of: the cavity, or where nothing says which that is the first. */
    private int target(ServedNetwork network) {
        return options.cavity() != null || network.classes() == 2
                ? options.classes(network.classes()).cavity()
                : 1;
    }
}
