package dev.aorta.unet.serve;

import dev.aorta.io.FormatException;
import dev.aorta.serve.HttpError;
import dev.aorta.serve.Multipart;
import dev.aorta.serve.Request;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.FileKind;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Png;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a request sent: images, and contours of an expert. Readers want files; these have numbers for names, are their owner's alone,
 * and are gone before anything is computed.
 */
final class Upload implements AutoCloseable {
    static final String EXPERT = "expert";
    private static final int MOST_SLICES = 64;
    private static final int MOST_PICTURES = 2048;

    private final Path folder;
    private final List<Path> images = new ArrayList<>();
    private final List<Path> experts = new ArrayList<>();
    private final List<byte[]> inputs = new ArrayList<>();
    private final boolean form;

    private Upload(Path folder, boolean form) {
        this.folder = folder;
        this.form = form;
    }

    /** Reads the body: one image, or a form with a file in each part. */
    static Upload of(Request request) throws HttpError, IOException {
        String type = request.header("Content-Type");
        boolean form = Multipart.is(type);
        byte[] body = request.body();
        List<Multipart.Part> parts;
        if (form) {
            request.reserve(body.length);
            parts = Multipart.parse(type, body);
        } else {
            parts = List.of(new Multipart.Part("", "", body));
        }
        Upload upload = new Upload(Files.createTempDirectory("aorta-upload-"), form);
        try {
            upload.write(parts);
            return upload;
        } catch (IOException | HttpError | RuntimeException e) {
            upload.close();
            throw e;
        }
    }

    private void write(List<Multipart.Part> parts) throws IOException, HttpError {
        Files.createDirectories(images());
        Files.createDirectories(contours());
        for (Multipart.Part part : parts) {
            String name = part.fileName().substring(part.fileName().lastIndexOf('/') + 1);
            boolean expert =
                    part.field().equals(EXPERT) || name.toLowerCase(Locale.ROOT).endsWith(".txt");
            String contour = Tracing.contourName(name);
            Path file = expert
                    ? contours().resolve(contour != null ? contour : "%05d".formatted(experts.size()))
                    : images().resolve("%05d".formatted(images.size()));
            if (Files.exists(file)) {
                throw unreadable("there are two contours " + file.getFileName());
            }
            Files.write(file, part.content());
            (expert ? experts : images).add(file);
            if (!expert) {
                inputs.add(part.content());
            }
        }
        if (images.isEmpty()) {
            throw new HttpError(400, "there is no image in the form");
        }
    }

    private Path images() {
        return folder.resolve("images");
    }

    private Path contours() {
        return folder.resolve("contours");
    }

    /** The images as they were sent. */
    List<byte[]> inputs() {
        return inputs;
    }

    /** Whether they may be a series: several files, or a volume that was sent in a form. */
    boolean mayBeSeries() throws IOException, HttpError {
        return images.size() > 1 || form && FileKind.of(images.getFirst()) == FileKind.NIFTI;
    }

    /** Whether an expert's contours came with the images. */
    boolean hasExpert() {
        return !experts.isEmpty();
    }

    /**
     * The series that the images are, its pictures in memory.
     *
     * @throws FormatException if they are none, or several
     */
    CineStack stack(Request request) throws IOException, HttpError {
        OptionalInt number = number(request.query("series"));
        boolean volume = images.size() == 1 && FileKind.of(images.getFirst()) == FileKind.NIFTI;
        CineStack stack = CineStack.read(volume ? images.getFirst() : images(), number);
        int count = stack.slices() * stack.phases();
        int size = stack.rows() * stack.columns();
        if (count > MOST_PICTURES) {
            throw new FormatException("the series has %d pictures; %d are taken".formatted(count, MOST_PICTURES));
        }
        request.reserve((long) count * size * Float.BYTES);
        float[][][] grey = new float[stack.slices()][stack.phases()][];
        for (int slice = 0; slice < grey.length; slice++) {
            for (int phase = 0; phase < grey[slice].length; phase++) {
                grey[slice][phase] = stack.pictures().grey(slice, phase);
            }
        }
        return new CineStack(
                "the series",
                stack.patient(),
                stack.rows(),
                stack.columns(),
                stack.rowSpacing(),
                stack.columnSpacing(),
                stack.places(),
                stack.thickness(),
                stack.phases(),
                stack.times(),
                stack.right(),
                stack.down(),
                stack.frames(),
                stack.notes().stream().map(this::hidden).toList(),
                (slice, phase) -> grey[slice][phase]);
    }

    private static OptionalInt number(@Nullable String text) throws HttpError {
        try {
            return text == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw new HttpError(400, "series is no number");
        }
    }

    /** What the expert drew in a series. */
    Tracing drawn(CineStack stack) throws IOException {
        return Tracing.ofContours(stack, contours());
    }

    /** The images one by one, and the expert's contour in the only one. */
    List<InputSlice> slices(Request request) throws IOException, HttpError {
        List<InputSlice> slices = new ArrayList<>();
        for (Path image : images) {
            FileKind kind = FileKind.of(image);
            if (kind != FileKind.DICOM && kind != FileKind.NIFTI && kind != FileKind.PNG) {
                throw new HttpError(415, "a DICOM, NIfTI or PNG file is wanted, not " + kind);
            }
            InputSlice.read(image, null, slice -> {
                try {
                    request.reserve((long) Float.BYTES * slice.grey().length);
                } catch (HttpError e) {
                    throw new ServedNetwork.Failed(e);
                }
                slices.add(slice);
                if (slices.size() > MOST_SLICES) {
                    throw new FormatException(
                            "the image has more than " + MOST_SLICES + " slices; send fewer at a time");
                }
            });
        }
        if (hasExpert()) {
            if (slices.size() != 1 || experts.size() != 1) {
                throw new FormatException(experts.size() + " contours for " + slices.size()
                        + " slices that are no series; one for one slice is wanted");
            }
            slices.set(0, withExpert(slices.getFirst(), experts.getFirst()));
        }
        return slices;
    }

    private static InputSlice withExpert(InputSlice s, Path expert) throws IOException, HttpError {
        byte[] mask = new byte[s.rows() * s.columns()];
        if (isPng(expert)) {
            Png.Grey drawn = Png.readMask(expert);
            if (drawn.rows() != s.rows() || drawn.columns() != s.columns()) {
                throw new FormatException("the expert's mask is %d x %d pixels, the image %d x %d"
                        .formatted(drawn.rows(), drawn.columns(), s.rows(), s.columns()));
            }
            for (int i = 0; i < mask.length; i++) {
                mask[i] = (byte) (drawn.pixels()[i] != 0 ? 1 : 0);
            }
        } else {
            Contour contour = Contour.read(expert);
            if (!contour.liesIn(s.rows(), s.columns())) {
                throw new FormatException("the expert's contour leaves the image: it reaches " + contour.extent());
            }
            mask = contour.inside(s.rows(), s.columns());
        }
        return s.withLabel(mask);
    }

    private static boolean isPng(Path file) throws IOException {
        try {
            return FileKind.of(file) == FileKind.PNG;
        } catch (FormatException none) {
            return false; // a text
        }
    }

    /** A message in which files are called by their numbers. */
    String hidden(String message) {
        String hidden = message.replaceAll(
                Pattern.quote(images().toString()) + "/0*(\\d+)", images.size() == 1 ? "the image" : "file $1");
        return hidden.replace(images().toString(), "the series")
                .replace(contours().toString() + "/", "")
                .replace(folder.toString(), "the form")
                .replace("--series", "?series=");
    }

    HttpError unreadable(IOException e) {
        return unreadable(hidden(String.valueOf(e.getMessage())));
    }

    static HttpError unreadable(String message) {
        return new HttpError(422, PlainText.line(message));
    }

    /** Deletes the files. */
    @Override
    public void close() throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
