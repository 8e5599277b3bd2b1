package dev.aorta.onnx.graph;

import dev.aorta.Device;
import dev.aorta.onnx.OnnxException;
import dev.aorta.onnx.operators.Call;
import dev.aorta.onnx.operators.Operators;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.ValueInfo;
import dev.aorta.onnx.value.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes a plan of a model. */
public final class Importer {
    private final Map<String, Integer> numbers = new HashMap<>();

    private Importer() {}

    /** The inputs that must be fed: those that no initializer gives. */
    public static List<ValueInfo> fed(Model model) {
        var stored = model.graph().initializers().stream().map(t -> t.name()).collect(Collectors.toSet());
        return model.graph().inputs().stream()
                .filter(v -> !stored.contains(v.name()))
                .toList();
    }

    /**
     * Makes a plan of a model; its weights belong to the innermost open scope.
     *
     * @param file for messages
     * @param maxElements the most that one value may have
     * @throws OnnxException when something is not supported, naming all of it, or breaks the standard's rules
     */
    public static Plan plan(String file, Model model, Device device, long maxElements) {
        Support.require(file, model);
        try {
            return checked(file, model, device, maxElements);
        } catch (OnnxException e) {
            throw e;
        } catch (RuntimeException e) {
            OnnxException named = OnnxException.invalid(file + ": the graph breaks the rules of ONNX: " + e);
            named.initCause(e);
            throw named;
        }
    }

    private static Plan checked(String file, Model model, Device device, long maxElements) {
        GraphEditor graph = new GraphEditor(file, model.graph());
        Call.Site site = new Call.Site(file, Math.toIntExact(model.opset()), device, maxElements);
        Folding.apply(graph, site);
        SortedMap<String, Integer> fused = Fusions.apply(graph);
        return new Importer().plan(site, model, graph, fused);
    }

    private Plan plan(Call.Site site, Model model, GraphEditor graph, SortedMap<String, Integer> fused) {
        List<Node> nodes = graph.nodes();
        int[] inputs = fed(model).stream().mapToInt(v -> number(v.name())).toArray();
        Weights weights = Weights.of(graph, site.device());
        weights.values().keySet().forEach(this::number);
        List<int[]> in = new ArrayList<>();
        List<int[]> out = new ArrayList<>();
        for (Node node : nodes) {
            in.add(node.inputs().stream().mapToInt(this::number).toArray());
            out.add(node.outputs().stream().mapToInt(this::number).toArray());
        }
        int[] outputs =
                model.graph().outputs().stream().mapToInt(v -> number(v.name())).toArray();
        @Nullable Value[] constants = new Value[numbers.size()];
        weights.values().forEach((name, value) -> constants[number(name)] = value);
        return new Plan(
                site,
                steps(nodes, in, out, outputs, constants),
                constants,
                inputs,
                outputs,
                weights.parameters(),
                fused);
    }

    private int number(String name) {
        return name.isEmpty() ? -1 : numbers.computeIfAbsent(name, n -> numbers.size());
    }

    private List<Step> steps(
            List<Node> nodes, List<int[]> in, List<int[]> out, int[] outputs, @Nullable Value[] constants) {
        int[] lastUse = new int[numbers.size()];
        Arrays.fill(lastUse, -1);
        for (int i = 0; i < nodes.size(); i++) {
            for (int[] used : List.of(in.get(i), out.get(i))) {
                for (int number : used) {
                    if (number >= 0) {
                        lastUse[number] = i;
                    }
                }
            }
        }
        for (int number : outputs) {
            lastUse[number] = nodes.size();
        }
        List<List<Integer>> ending = new ArrayList<>();
        nodes.forEach(n -> ending.add(new ArrayList<>()));
        for (int number = 0; number < lastUse.length; number++) {
            boolean ends = lastUse[number] >= 0 && lastUse[number] < nodes.size() && constants[number] == null;
            if (ends) {
                ending.get(lastUse[number]).add(number);
            }
        }
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            int[] last = ending.get(i).stream().mapToInt(n -> n).toArray();
            var operator = Objects.requireNonNull(Operators.of(nodes.get(i).opType()));
            steps.add(new Step(nodes.get(i), operator, in.get(i), out.get(i), last));
        }
        return steps;
    }
}
