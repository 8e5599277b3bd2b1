package dev.aorta.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Device;
import dev.aorta.FailingBackend;
import dev.aorta.GradientCheck;
import dev.aorta.Gradients;
import dev.aorta.Recorded;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Unary;
import dev.aorta.backend.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every op's derivative against central differences in float64, and every op on the CPU against the reference. */
class GradientTest {
    private static final long SEED = 20261123;

    static List<OpCases.Case> cases() {
        return OpCases.all();
    }

    /** The first and the last row of each op. */
    static List<OpCases.Case> twoOfEachOp() {
        return cases().stream().collect(Collectors.groupingBy(OpCases.Case::op)).values().stream()
                .flatMap(rows -> Stream.of(rows.getFirst(), rows.getLast()).distinct())
                .toList();
    }

    @Test
    void everyOpHasACase() {
        var covered = OpCases.all().stream().map(c -> c.op().getSimpleName()).collect(Collectors.toSet());
        assertThat(covered)
                .as("each permitted record of Op that is ever recorded needs a row in OpCases")
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Op.class.getPermittedSubclasses())
                        .filter(op -> op.isRecord() && op != Conv2dChain.class)
                        .map(Class::getSimpleName)
                        .toList());
    }

    @Test
    void everyFunctionHasACase() {
        Set<String> rows = OpCases.all().stream()
                .filter(c -> c.op() == UnaryOp.class || c.op() == BinaryOp.class)
                .map(c -> c.name().split(" ")[0])
                .collect(Collectors.toSet());
        assertThat(rows)
                .as("each function of Unary and Binary needs a row in OpCases under its label")
                .containsAll(Stream.concat(
                                Arrays.stream(Unary.Kind.values())
                                        .map(kind -> Unary.of(kind).label()),
                                Arrays.stream(Binary.values()).map(Binary::label))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void derivativeMatchesCentralDifferences(OpCases.Case c) {
        try (Device device = Device.reference();
                Scope scope = Scope.open()) {
            Tensor[] inputs = inputs(c, device);
            assertThat(GradientCheck.of(t -> output(c, t), inputs).mismatches(1e-7, 1e-6))
                    .as("%s, seed %d", c, SEED)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void cpuMatchesReference(OpCases.Case c) {
        List<float[]> want;
        List<float[]> got;
        try (Device reference = Device.reference()) {
            want = lossAndGradients(c, reference);
        }
        got = lossAndGradients(c, Device.cpu());
        for (int i = 0; i < want.size(); i++) {
            float[] a = got.get(i);
            float[] b = want.get(i);
            double largest = 0;
            for (float v : b) {
                largest = Math.max(largest, Math.abs(v));
            }
            for (int k = 0; k < b.length; k++) {
                assertThat((double) a[k])
                        .as("%s, seed %d: %s, element %d", c, SEED, i == 0 ? "value" : "gradient " + (i - 1), k)
                        .isCloseTo(b[k], offset(2e-5 * (1 + largest)));
            }
        }
    }

    /** Memory that is short in the middle of an op, of its derivative or between them: all of it comes back. */
    @ParameterizedTest
    @MethodSource("twoOfEachOp")
    void aFailureAtAnyAllocationGivesEverythingBack(OpCases.Case c) {
        ReferenceBackend backend = new ReferenceBackend();
        int allocation = 0;
        for (boolean failed = true; failed; allocation += failed ? 1 : 0) {
            try {
                lossAndGradients(c, FailingBackend.at(backend, allocation));
                failed = false;
            } catch (IllegalStateException full) {
                assertThat(full).hasMessage("full");
            }
            assertThat(backend.liveBuffers())
                    .as("%s, allocation %d", c, allocation)
                    .isZero();
        }
        assertThat(allocation).isGreaterThan(c.inputs().size());
    }

    private static List<float[]> lossAndGradients(OpCases.Case c, Device device) {
        try (Scope scope = Scope.open()) {
            Tensor[] inputs = inputs(c, device);
            Tensor loss = scalar(c, inputs);
            List<float[]> all = new ArrayList<>(List.of(new float[] {(float) loss.item()}));
            Gradients gradients = loss.backward();
            for (int i = 0; i < inputs.length; i++) {
                if (c.inputs().get(i).wantsGradient()) {
                    all.add(gradients.of(inputs[i]).toArray());
                }
            }
            return all;
        }
    }

    /** A scalar that weights every element of the output differently. */
    private static Tensor scalar(OpCases.Case c, Tensor[] inputs) {
        Tensor y = output(c, inputs);
        float[] weights = new float[y.shape().size()];
        Random random = new Random(SEED + 1);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 0.5f + random.nextFloat();
        }
        return y.mul(Tensor.of(y.device(), weights, y.shape().dims())).sum();
    }

    /** The case's result, computed by the op that the case is about and not by another that gives the same. */
    private static Tensor output(OpCases.Case c, Tensor[] inputs) {
        Tensor y = c.call().apply(inputs);
        if (Scope.recording()) {
            assertThat(Recorded.ops()).as("recorded by %s", c).hasAtLeastOneElementOfType(c.op());
        }
        return y;
    }

    static Tensor[] inputs(OpCases.Case c, Device device) {
        Random random = new Random(SEED);
        return c.inputs().stream()
                .map(in -> {
                    Tensor t = Tensor.of(device, values(in, random), in.shape().dims());
                    return in.wantsGradient() ? t.requireGradient() : t;
                })
                .toArray(Tensor[]::new);
    }

    private static float[] values(OpCases.Input in, Random random) {
        float[] v = new float[in.shape().size()];
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < v.length; i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        for (int i = 0; i < v.length; i++) {
            float g = (float) random.nextGaussian();
            v[i] = switch (in.kind()) {
                case REAL -> g;
                case AWAY_FROM_ZERO -> g + Math.copySign(0.05f, g);
                case DISTINCT -> order.get(i);
                case POSITIVE -> 0.3f + Math.abs(g);
                case STATE -> 0.5f + Math.abs(g);
                case LABELS -> random.nextInt(3);
            };
        }
        return v;
    }
}
