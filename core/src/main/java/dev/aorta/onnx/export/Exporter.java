package dev.aorta.onnx.export;

import dev.aorta.Shape;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.ValueInfo;
import dev.aorta.onnx.proto.ValueInfo.Dim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes the graph of a network. The network is traced at the size that was asked for and, for each axis that shall be free, at
 * others; where its operations at all of them are instances of one graph, the axis is free in it.
 */
public final class Exporter {
    private static final int LARGEST_STEP = 64;

    private final Request request;
    private final Map<List<Shape>, Trace> traced = new HashMap<>();

    /**
     * What is asked for.
     *
     * @param network to run
     * @param inputs names and shapes
     * @param outputs names
     * @param images whether tensors of four axes are (N, H, W, C) in the network and (N, C, H, W) in the file
     * @param free axes that shall be free
     * @param opset version of the operators
     */
    public record Request(
            Network network, List<Input> inputs, List<String> outputs, boolean images, List<Free> free, int opset) {}

    /**
     * An input.
     *
     * @param shape as the network takes it
     */
    public record Input(String name, Shape shape) {}

    /**
     * Axes that change together.
     *
     * @param name in the file
     * @param axes of each input, as the network counts them; none where it does not take part
     */
    public record Free(String name, List<List<Integer>> axes) {}

    /**
     * A graph, and why some axes are not free in it.
     *
     * @param graph whole
     * @param fixed reasons by the axis' name
     */
    public record Result(Graph graph, SequencedMap<String, String> fixed) {}

    private Exporter(Request request) {
        this.request = request;
    }

    /**
     * Makes the graph.
     *
     * @throws IllegalArgumentException when an operation has no counterpart in ONNX, naming it
     */
    public static Result export(Request request) {
        return new Exporter(request).export();
    }

    private Result export() {
        SequencedMap<String, String> fixed = new LinkedHashMap<>();
        List<Free> accepted = List.of();
        Supplier<Graph> graph = graph(accepted); // the network must take what was asked for
        try {
            return new Result(graph(request.free()).get(), fixed);
        } catch (SizeDependence e) {
            for (Free f : request.free()) {
                List<Free> more = Stream.concat(accepted.stream(), Stream.of(f)).toList();
                try {
                    graph = graph(more);
                    accepted = more;
                } catch (SizeDependence because) {
                    fixed.put(f.name(), String.valueOf(because.getMessage()));
                }
            }
            return new Result(graph.get(), fixed);
        }
    }

    /** A graph whose weights are made when it is asked for. */
    private Supplier<Graph> graph(List<Free> free) {
        Program program = new Program(traces(free));
        List<String> names = Stream.concat(request.inputs().stream().map(Input::name), request.outputs().stream())
                .toList();
        GraphBuilder graph = new GraphBuilder(names);
        Lowering to = new Lowering(program, graph, request.opset());
        List<ValueInfo> inputs = new ArrayList<>();
        for (int i = 0; i < program.inputs().size(); i++) {
            Value v = program.inputs().get(i);
            String name = request.inputs().get(i).name();
            to.place(v, name, order(v));
            inputs.add(new ValueInfo(name, ElementType.FLOAT, dims(v, program, free)));
        }
        Operators operators = new Operators(to);
        for (Step s : program.steps()) {
            graph.enter(s.layer());
            if (!to.isDone(s)) {
                operators.lower(s);
            }
        }
        graph.enter("");
        List<String> results =
                program.outputs().stream().map(v -> to.in(v, order(v))).toList();
        List<ValueInfo> outputs = IntStream.range(0, results.size())
                .mapToObj(i -> new ValueInfo(
                        request.outputs().get(i),
                        ElementType.FLOAT,
                        dims(program.outputs().get(i), program, free)))
                .toList();
        return () -> graph.build("main", inputs, results, outputs);
    }

    private int[] order(Value v) {
        return request.images() && v.rank() == 4 ? Axes.channelsFirst(4) : Axes.identity(v.rank());
    }

    private List<Dim> dims(Value v, Program program, List<Free> free) {
        return v.extents(order(v)).stream().map(e -> dim(e, program, free)).toList();
    }

    /** A number, the free axis of an input, or unknown. */
    private static Dim dim(int[] extent, Program program, List<Free> free) {
        if (Lowering.isFixed(extent)) {
            return new Dim.Fixed(extent[0]);
        }
        for (Free f : free) {
            for (int i = 0; i < f.axes().size(); i++) {
                for (int axis : f.axes().get(i)) {
                    if (Arrays.equals(program.inputs().get(i).extent(axis), extent)) {
                        return new Dim.Symbol(f.name());
                    }
                }
            }
        }
        return new Dim.Unknown();
    }

    // ---- other sizes

    /**
     * Traces at the size that was asked for, and for each free axis at twice its extent and at the next two that the network
     * takes. A free axis of extent 1 is traced from 2 on, because 1 is broadcast and squeezed as no other is.
     */
    private List<Trace> traces(List<Free> free) {
        List<Shape> base = request.inputs().stream().map(Input::shape).toList();
        for (Free f : free) {
            base = extent(f, base) == 1 ? with(base, f, 2) : base;
        }
        List<Trace> traces = new ArrayList<>();
        String refused = free.isEmpty() ? added(base, traces) : tried(base, traces);
        for (Free f : free) {
            int extent = extent(f, base);
            int until = traces.size() + 3;
            refused = refused.isEmpty() ? tried(with(base, f, 2 * extent), traces) : refused;
            for (int more = 1; refused.isEmpty() && more <= LARGEST_STEP && traces.size() < until; more++) {
                if (more != extent) {
                    tried(with(base, f, extent + more), traces);
                }
            }
        }
        if (!refused.isEmpty()) {
            throw new SizeDependence(refused);
        }
        return traces;
    }

    private String added(List<Shape> shapes, List<Trace> traces) {
        traces.add(traced.computeIfAbsent(shapes, s -> Trace.of(request.network(), s)));
        return "";
    }

    /** Adds the trace at a size, or says why the network does not take it. */
    private String tried(List<Shape> shapes, List<Trace> traces) {
        try {
            return added(shapes, traces);
        } catch (RuntimeException e) { // whatever a network throws at a size that it does not take
            return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
        }
    }

    private static int extent(Free free, List<Shape> shapes) {
        int input = IntStream.range(0, shapes.size())
                .filter(i -> !free.axes().get(i).isEmpty())
                .findFirst()
                .orElseThrow();
        return shapes.get(input).dim(free.axes().get(input).getFirst());
    }

    private static List<Shape> with(List<Shape> shapes, Free free, int extent) {
        List<Shape> changed = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            Shape shape = shapes.get(i);
            for (int axis : free.axes().get(i)) {
                shape = shape.with(axis, extent);
            }
            changed.add(shape);
        }
        return changed;
    }
}
