package dev.aorta.onnx;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.graph.Importer;
import dev.aorta.onnx.graph.Plan;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.ValueInfo;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A network of an ONNX file as a layer: trained further, frozen, saved and explained as any other. Running it from many threads at
 * once is safe.
 *
 * <p>Its tensors have the axes that the file states, for images (N, C, H, W); {@link #channelsLast()} takes and gives them as
 * Aorta's own layers do. Inside, images are always (N, H, W, C): in the file's order they are rearranged once at the input.
 *
 * <p>Normalisations keep the file's statistics, and dropout is left out, in training too: what the file describes is computed.
 */
public final class OnnxNetwork implements Layer {
    private final String name;
    private final Model model;
    private final Device device;
    private final Plan plan;
    private final List<ValueInfo> fed;

    /**
     * An input or an output.
     *
     * @param name in the file
     * @param type of its elements, for example {@code float}
     * @param axes extents: a number, the name of a free one, or {@code ?}; null when the file does not say how many there are
     */
    public record Port(String name, String type, @Nullable List<String> axes) {
        static Port of(ValueInfo v) {
            return new Port(
                    v.name(),
                    v.type().label(),
                    v.dims() == null
                            ? null
                            : v.dims().stream().map(Object::toString).toList());
        }

        /** For example {@code x float [N, 3, 224, 224]}. */
        @Override
        public String toString() {
            return name + " " + type + " " + (axes == null ? "of any shape" : axes.toString());
        }
    }

    OnnxNetwork(String name, Model model, Device device, Plan plan) {
        this.name = name;
        this.model = model;
        this.device = device;
        this.plan = plan;
        this.fed = Importer.fed(model);
    }

    /** The name of the file. */
    @Override
    public String name() {
        return name;
    }

    /** {@return what must be fed} */
    public List<Port> inputs() {
        return fed.stream().map(Port::of).toList();
    }

    /** {@return what comes out} */
    public List<Port> outputs() {
        return model.graph().outputs().stream().map(Port::of).toList();
    }

    /** {@return the version of the standard's operators} */
    public int opset() {
        return Math.toIntExact(model.opset());
    }

    /** {@return what wrote the file, as it says itself} */
    public String producer() {
        return (model.producer() + " " + model.producerVersion()).strip();
    }

    /** {@return the free strings of the file} */
    public SequencedMap<String, String> metadata() {
        return model.metadata();
    }

    /** {@return how often each operator occurs in the file} */
    public SortedMap<String, Integer> operators() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        for (Node node : model.graph().nodes()) {
            counts.merge(node.opType(), 1, Integer::sum);
        }
        return counts;
    }

    /** {@return how often each fusion was applied, for example {@code Conv + Relu}} */
    public SortedMap<String, Integer> fusions() {
        return Collections.unmodifiableSortedMap(plan.fused());
    }

    /**
     * The real-valued weights under the names of the file, of which convolutions' kernels stand as (out, kH, kW, in). A normalisation
     * behind a convolution is part of its weights.
     */
    @Override
    public List<Parameter> parameters() {
        return plan.parameters();
    }

    /**
     * Runs a network with one input; of several outputs the first is given.
     *
     * @param x with the axes of the file
     * @param pass has no influence: the file says what is computed
     * @throws ShapeException when x does not fit what the file states
     * @throws OnnxException when a node cannot be computed
     */
    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return forward(x, false);
    }

    private Tensor forward(Tensor x, boolean channelsLast) {
        if (fed.size() != 1) {
            throw new ShapeException("onnx", name + " has " + fed.size() + " inputs, " + inputs() + ": use run()");
        }
        Value in = value(fed.getFirst(), x, channelsLast);
        return tensor(plan.run(List.of(in), v -> laidOut(v, channelsLast)).getFirst());
    }

    /**
     * Runs a network with any number of inputs and outputs.
     *
     * @param inputs by name, with the axes of the file; whole numbers and truth values as floats
     * @param pass has no influence: the file says what is computed
     * @return the outputs by name, in the order of the file
     */
    public SequencedMap<String, Tensor> run(Map<String, Tensor> inputs, Pass pass) {
        List<Value> in = new ArrayList<>();
        for (ValueInfo v : fed) {
            Tensor x = inputs.get(v.name());
            if (x == null) {
                throw new ShapeException("onnx", name + " needs the input '" + v.name() + "', got " + inputs.keySet());
            }
            in.add(value(v, x, false));
        }
        List<Value> out = plan.run(in, v -> laidOut(v, false));
        SequencedMap<String, Tensor> named = new LinkedHashMap<>();
        for (int i = 0; i < out.size(); i++) {
            named.put(model.graph().outputs().get(i).name(), tensor(out.get(i)));
        }
        return named;
    }

    /** Runs with values as they are; for checks. */
    List<Value> runValues(List<Value> in) {
        return plan.run(in, Value::host);
    }

    /**
     * {@return this as a layer whose images are (N, H, W, C), as those of Aorta's own layers: of rank 4, at its input and its
     * output}
     */
    public Layer channelsLast() {
        return new ChannelsLast(this);
    }

    private record ChannelsLast(OnnxNetwork network) implements Layer {
        @Override
        public String name() {
            return network.name;
        }

        @Override
        public Tensor forward(Tensor x, Pass pass) {
            return network.forward(x, true);
        }

        @Override
        public List<Parameter> parameters() {
            return network.parameters();
        }
    }

    private Value value(ValueInfo v, Tensor x, boolean channelsLast) {
        boolean image = channelsLast && x.shape().rank() == 4;
        int[] own = x.shape().dims();
        int[] dims = image ? new int[] {own[0], own[3], own[1], own[2]} : own;
        if (!fits(v, dims)) {
            throw new ShapeException(
                    "onnx",
                    name + ": input '" + v.name() + "' does not fit"
                            + String.format(
                                    "%n    expected   %s%n    got        %s%s",
                                    v.description(),
                                    Arrays.toString(dims),
                                    image
                                            ? " (from (N, H, W, C) " + x.shape() + ")"
                                            : x.shape().rank() == 4
                                                    ? "; images (N, H, W, C) go through channelsLast()"
                                                    : ""));
        }
        int[] order = image ? new int[] {0, 2, 3, 1} : Dims.inOrder(dims.length);
        DeviceValue value = new DeviceValue(x, v.type(), dims, order);
        return v.type().isFloat() ? value : value.host();
    }

    private static boolean fits(ValueInfo v, int[] dims) {
        if (v.dims() == null) {
            return true;
        }
        boolean fits = v.dims().size() == dims.length;
        for (int i = 0; fits && i < dims.length; i++) {
            fits = !(v.dims().get(i) instanceof ValueInfo.Dim.Fixed f) || f.extent() == dims[i];
        }
        return fits;
    }

    private Value laidOut(Value v, boolean channelsLast) {
        DeviceValue d = v instanceof HostValue h ? DeviceValue.of(h.upload(device)) : (DeviceValue) v;
        int[] order = channelsLast && d.rank() == 4 ? new int[] {0, 2, 3, 1} : Dims.inOrder(d.rank());
        Tensor t = d.to(order).tensor();
        return new DeviceValue(t, d.type(), d.dims(), order);
    }

    private static Tensor tensor(Value v) {
        return ((DeviceValue) v).raw();
    }

    @Override
    public String toString() {
        return name + " (opset " + model.opset() + "), " + inputs() + " to " + outputs();
    }
}
