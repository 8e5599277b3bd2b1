package dev.aorta.onnx;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.ShapeException;
import dev.aorta.io.FormatException;
import dev.aorta.io.Safetensors;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.ModelReader;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Runs ONNX models on inputs whose outputs are known: on the folders {@code test_data_set_*} beside a model, as the standard's own
 * tests have them, or on {@code NAME.expected.safetensors} with the tensors {@code input} and {@code output}.
 *
 * <p>On a test set a model is right when {@code |a - b| <= 1e-7 + 1e-3 |b|} for all elements, the standard's tolerance; on a
 * safetensors file when its largest relative difference is at most 1e-4.
 */
public final class OnnxCheck {
    private static final double RELATIVE = 1e-3;
    private static final double ABSOLUTE = 1e-7;
    private static final double MODEL_RELATIVE = 1e-4;

    private final Device device;
    private final boolean channelsLast;

    /**
     * Checks on a device.
     *
     * @param device where the models run
     */
    public OnnxCheck(Device device) {
        this(device, false);
    }

    /** @param channelsLast whether inputs stand in memory with their second axis last */
    OnnxCheck(Device device, boolean channelsLast) {
        this.device = device;
        this.channelsLast = channelsLast;
    }

    /** What came of a model. */
    public enum Verdict {
        /** All outputs are as expected. */
        RIGHT,
        /** An output is not as expected, or could not be computed. */
        WRONG,
        /** The model is sound and needs what is not supported. */
        REFUSED,
        /** It is loaded, but nothing says what it must give. */
        UNTESTED
    }

    /**
     * The result for one model.
     *
     * @param model its file
     * @param verdict what came of it
     * @param why it is not right, else empty
     * @param difference largest relative difference: that of an output is the largest {@code |a - b|} over the largest {@code |b|}
     * @param operators how often each occurs
     */
    public record Result(
            Path model, Verdict verdict, String why, double difference, SortedMap<String, Integer> operators) {
        /** Copies the counts. */
        public Result {
            operators = Collections.unmodifiableSortedMap(new TreeMap<>(operators));
        }
    }

    /**
     * The models of a folder and of those in it, sorted by name; a file is itself.
     *
     * @param fileOrFolder to look in
     * @return the files
     * @throws FormatException when there is none
     */
    public static List<Path> models(Path fileOrFolder) throws IOException {
        if (!Files.isDirectory(fileOrFolder)) {
            return List.of(fileOrFolder);
        }
        try (Stream<Path> all = Files.walk(fileOrFolder)) {
            List<Path> found = all.filter(f -> f.toString().endsWith(".onnx") && Files.isRegularFile(f))
                    .sorted()
                    .toList();
            if (found.isEmpty()) {
                throw new FormatException(fileOrFolder + ": there is no .onnx file in it");
            }
            return found;
        }
    }

    /**
     * How often each operator occurs in a file, whether it is supported or not.
     *
     * @param file a model
     * @return the counts by name
     * @throws FormatException when the file is damaged
     */
    public static SortedMap<String, Integer> operators(Path file) throws IOException {
        SortedMap<String, Integer> counts = new TreeMap<>();
        for (Node node : ModelReader.read(file).graph().nodes()) {
            counts.merge(
                    node.domain().isEmpty() ? node.opType() : node.domain() + "." + node.opType(), 1, Integer::sum);
        }
        return counts;
    }

    /**
     * Checks one model.
     *
     * @param file a model, with its data beside it where there are any
     * @return what it came to; a model that fails is no exception
     * @throws IOException if it cannot be read
     */
    public Result check(Path file) throws IOException {
        SortedMap<String, Integer> operators = new TreeMap<>();
        try (Scope scope = Scope.noGrad()) {
            operators.putAll(operators(file));
            OnnxNetwork network = Onnx.load(file, device);
            List<Sample> samples = samples(file);
            if (samples.isEmpty()) {
                return new Result(file, Verdict.UNTESTED, "no expected outputs stand beside it", 0, operators);
            }
            double difference = 0;
            for (Sample sample : samples) {
                Comparison c = compare(network, sample);
                difference = Math.max(difference, c.difference);
                if (!c.why.isEmpty()) {
                    return new Result(file, Verdict.WRONG, sample.name + ": " + c.why, difference, operators);
                }
            }
            return new Result(file, Verdict.RIGHT, "", difference, operators);
        } catch (OnnxException e) {
            Verdict verdict = e.isUnsupported() ? Verdict.REFUSED : Verdict.WRONG;
            return new Result(file, verdict, String.valueOf(e.getMessage()), 0, operators);
        } catch (ShapeException | FormatException e) {
            return new Result(file, Verdict.WRONG, String.valueOf(e.getMessage()), 0, operators);
        }
    }

    /** Known inputs and outputs. */
    private record Sample(String name, List<HostValue> inputs, List<HostValue> outputs, boolean standard) {}

    private record Comparison(double difference, String why) {}

    private static List<Sample> samples(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        List<Sample> samples = new ArrayList<>();
        String name = String.valueOf(file.getFileName()).replaceAll("(\\.torchscript|\\.dynamo)?\\.onnx$", "");
        Path expected = file.resolveSibling(name + ".expected.safetensors");
        if (Files.isRegularFile(expected)) {
            Safetensors saved = Safetensors.read(expected);
            samples.add(new Sample(
                    String.valueOf(expected.getFileName()),
                    List.of(value(saved.tensor("input"))),
                    List.of(value(saved.tensor("output"))),
                    false));
        }
        if (folder == null || !file.endsWith("model.onnx")) {
            return samples;
        }
        try (Stream<Path> sets = Files.list(folder)) {
            for (Path set : sets.filter(p -> String.valueOf(p.getFileName()).startsWith("test_data_set_"))
                    .sorted()
                    .toList()) {
                samples.add(new Sample(
                        String.valueOf(set.getFileName()), tensors(set, "input_"), tensors(set, "output_"), true));
            }
        }
        return samples;
    }

    private static HostValue value(Safetensors.Entry entry) throws FormatException {
        long[] dims = Arrays.stream(entry.shape()).asLongStream().toArray();
        return HostValue.of(TensorProto.of("", entry.floats(), dims));
    }

    private static List<HostValue> tensors(Path set, String prefix) throws IOException {
        List<HostValue> values = new ArrayList<>();
        try (Stream<Path> files = Files.list(set)) {
            List<Path> sorted = files.filter(
                            f -> String.valueOf(f.getFileName()).matches(prefix + "\\d+\\.pb"))
                    .sorted(Comparator.comparingInt(f ->
                            Integer.parseInt(String.valueOf(f.getFileName()).replaceAll("\\D", ""))))
                    .toList();
            for (Path f : sorted) {
                TensorProto t = ModelReader.readTensor(f);
                if (t.type().bytes() == 0) {
                    throw OnnxException.unsupported(
                            f + " holds elements of " + t.type().label());
                }
                values.add(HostValue.of(t));
            }
        }
        return values;
    }

    private Comparison compare(OnnxNetwork network, Sample sample) {
        if (sample.inputs.size() != network.inputs().size()) {
            return new Comparison(0, sample.inputs.size() + " inputs are given, the model takes " + network.inputs());
        }
        List<Value> in = new ArrayList<>();
        for (HostValue v : sample.inputs) {
            in.add(v.isReal() && v.size() > 0 && v.type() != ElementType.DOUBLE ? onDevice(v) : v);
        }
        List<Value> out = network.runValues(in);
        double difference = 0;
        String why = out.size() < sample.outputs.size() ? "there are only " + out.size() + " outputs" : "";
        for (int i = 0; i < Math.min(out.size(), sample.outputs.size()); i++) {
            HostValue got = out.get(i).host();
            HostValue expected = sample.outputs.get(i);
            if (got.type() != expected.type() || !Arrays.equals(got.dims(), expected.dims())) {
                return new Comparison(difference, "output " + i + " is " + got + ", expected " + expected);
            }
            double relative = relative(got, expected);
            difference = Math.max(difference, relative);
            boolean right = sample.standard ? isNear(got, expected) : relative <= MODEL_RELATIVE;
            if (!right) {
                why = "output " + i + " differs by " + relative;
            }
        }
        return new Comparison(difference, why);
    }

    private DeviceValue onDevice(HostValue v) {
        DeviceValue x = new DeviceValue(v.upload(device), v.type(), v.dims(), Dims.inOrder(v.rank()));
        return channelsLast && v.rank() > 1 ? x.to(Dims.withLast(x.order(), 1)) : x;
    }

    private static double relative(HostValue got, HostValue expected) {
        double most = 0;
        double largest = 0;
        for (int i = 0; i < got.size(); i++) {
            boolean same = Double.compare(got.real(i), expected.real(i)) == 0;
            double apart = same ? 0 : Math.abs(got.real(i) - expected.real(i));
            most = Double.isNaN(apart) ? Double.POSITIVE_INFINITY : Math.max(most, apart);
            largest = Double.isFinite(expected.real(i)) ? Math.max(largest, Math.abs(expected.real(i))) : largest;
        }
        return most == 0 ? 0 : most / Math.max(largest, Double.MIN_NORMAL);
    }

    private static boolean isNear(HostValue got, HostValue expected) {
        for (int i = 0; i < got.size(); i++) {
            double a = got.real(i);
            double b = expected.real(i);
            boolean near = Double.compare(a, b) == 0
                    || (got.isReal()
                            ? Math.abs(a - b) <= ABSOLUTE + RELATIVE * Math.abs(b)
                            : got.whole(i) == expected.whole(i));
            if (!near) {
                return false;
            }
        }
        return true;
    }
}
