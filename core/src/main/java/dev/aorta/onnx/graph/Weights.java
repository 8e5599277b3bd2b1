package dev.aorta.onnx.graph;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.onnx.operators.Fused;
import dev.aorta.onnx.operators.Operator;
import dev.aorta.onnx.operators.Operators;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The stored tensors of a graph as they are used: weights as parameters in the order of axes that their kernels want, other real
 * numbers on the device, whole numbers and single ones on the host.
 */
final class Weights {
    private static final Set<String> CONVOLUTIONS = Set.of("Conv", "ConvTranspose", Fused.CHAIN);
    private static final Set<String> STATISTICS = Set.of("BatchNormalization");

    private final GraphEditor graph;
    private final Device device;
    private final Map<String, Value> values = new HashMap<>();
    private final List<Parameter> parameters = new ArrayList<>();

    private Weights(GraphEditor graph, Device device) {
        this.graph = graph;
        this.device = device;
    }

    static Weights of(GraphEditor graph, Device device) {
        Weights weights = new Weights(graph, device);
        for (TensorProto t : graph.initializers().values()) {
            weights.add(t);
        }
        graph.constants().forEach(weights::addConstant);
        return weights;
    }

    Map<String, Value> values() {
        return values;
    }

    List<Parameter> parameters() {
        return parameters;
    }

    /** How one value is used. */
    private record Use(boolean any, boolean onDevice, boolean asWeight, boolean asKernel, boolean asStatistic) {}

    private Use use(String name) {
        boolean any = graph.isOutput(name);
        boolean onDevice = any;
        boolean asWeight = false;
        boolean asKernel = false;
        boolean asStatistic = true;
        for (Node node : graph.users(name)) {
            Operator operator = Objects.requireNonNull(Operators.of(node.opType()));
            for (int i = 0; i < node.inputs().size(); i++) {
                if (node.inputs().get(i).equals(name)) {
                    any = true;
                    onDevice |= !operator.hostInputs().contains(i);
                    asWeight |= operator.weightInputs().contains(i);
                    asKernel |= i % Fused.STAGE == 1 && CONVOLUTIONS.contains(node.opType());
                    asStatistic &= i > 2 && STATISTICS.contains(node.opType());
                }
            }
        }
        return new Use(any, onDevice, asWeight, asKernel, asStatistic);
    }

    private void add(TensorProto t) {
        Use use = use(t.name());
        if (!use.any) {
            return;
        }
        boolean learnt = t.type().isFloat() && t.size() > 0 && use.onDevice && (use.asWeight || t.size() > 1);
        if (!learnt) {
            values.put(t.name(), HostValue.of(t));
            return;
        }
        int[] dims = Arrays.stream(t.dims()).mapToInt(Math::toIntExact).toArray();
        int[] order = order(dims, use.asKernel);
        float[] laidOut = permuted(t.floats(), dims, order);
        Parameter p = new Parameter(t.name(), device, shape(dims, order, use.asKernel), laidOut, !use.asStatistic);
        parameters.add(p);
        values.put(t.name(), new DeviceValue(p, t.type(), dims, order));
    }

    private void addConstant(String name, HostValue constant) {
        Use use = use(name);
        if (!use.any || values.containsKey(name)) {
            return;
        }
        boolean upload =
                constant.isReal() && constant.size() > 0 && use.onDevice && (use.asWeight || constant.size() > 1);
        if (!upload) {
            values.put(name, constant);
            return;
        }
        int[] dims = constant.dims();
        int[] order = order(dims, use.asKernel);
        float[] floats = new float[constant.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) constant.real(i);
        }
        Tensor t = Tensor.of(
                device,
                permuted(floats, dims, order),
                shape(dims, order, use.asKernel).dims());
        ElementType type = constant.type();
        values.put(name, new DeviceValue(t, type, dims, order));
    }

    /** Kernels, and what is added to images, stand with their channels last; all else as in the file. */
    private static int[] order(int[] dims, boolean asKernel) {
        return dims.length == 4
                ? new int[] {0, 2, 3, 1}
                : dims.length == 3 && asKernel ? new int[] {0, 2, 1} : Dims.inOrder(dims.length);
    }

    /** A kernel as that of an image; anything with one long axis as a vector. */
    private static Shape shape(int[] dims, int[] order, boolean asKernel) {
        if (asKernel && dims.length == 3) {
            return Shape.of(dims[0], 1, dims[2], dims[1]);
        }
        int[] longAxes = Arrays.stream(dims).filter(d -> d > 1).toArray();
        return Shape.of(longAxes.length == 1 && !asKernel ? longAxes : Dims.permuted(dims, order));
    }

    private static float[] permuted(float[] values, int[] dims, int[] order) {
        if (Arrays.equals(order, Dims.inOrder(order.length))) {
            return values;
        }
        int[] steps = Dims.permuted(Dims.steps(dims), order);
        int[] to = Dims.permuted(dims, order);
        int last = to.length - 1;
        int[] begins = Dims.walk(Arrays.copyOf(to, last), Arrays.copyOf(steps, last), 0);
        float[] result = new float[values.length];
        for (int row = 0; row < begins.length; row++) {
            for (int i = 0; i < to[last]; i++) {
                result[row * to[last] + i] = values[begins[row] + i * steps[last]];
            }
        }
        return result;
    }
}
