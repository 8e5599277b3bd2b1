package dev.aorta.onnx.export;

import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.List;

/**
 * One dry run of a network.
 *
 * @param operations that ran, first to last
 * @param inputs what it began with
 * @param outputs what came out
 */
record Trace(List<Scope.Traced> operations, List<Tensor> inputs, List<Tensor> outputs) {
    static Trace of(Network network, List<Shape> shapes) {
        try (Scope run = Scope.dryRun()) {
            List<Tensor> inputs = shapes.stream().map(run::placeholder).toList();
            List<Tensor> outputs = network.apply(inputs);
            return new Trace(run.trace(), inputs, outputs);
        }
    }
}
