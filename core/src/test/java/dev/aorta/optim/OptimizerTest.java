package dev.aorta.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Init;
import dev.aorta.nn.LinearLayer;
import dev.aorta.nn.Sequential;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class OptimizerTest {
    private static final Device CPU = Device.cpu();

    @Test
    void schedulesFollowTheirFormulas() {
        assertThat(Schedule.constant(0.1).rate(1000)).isEqualTo(0.1);
        Schedule step = Schedule.step(1, 0.5, 10);
        assertThat(List.of(step.rate(0), step.rate(9), step.rate(10), step.rate(25)))
                .containsExactly(1.0, 1.0, 0.5, 0.25);
        Schedule cosine = Schedule.cosine(1, 0.2, 100);
        assertThat(cosine.rate(0)).isEqualTo(1);
        assertThat(cosine.rate(50)).isCloseTo(0.6, offset(1e-12));
        assertThat(cosine.rate(100)).isCloseTo(0.2, offset(1e-12));
        assertThat(cosine.rate(500)).isCloseTo(0.2, offset(1e-12));
        Schedule poly = Schedule.polynomial(1, 0, 10, 2);
        assertThat(poly.rate(5)).isCloseTo(0.25, offset(1e-12));
        assertThat(poly.rate(11)).isZero();
        Schedule warm = Schedule.warmUp(4, Schedule.step(1, 0.1, 2));
        assertThat(warm.rate(0)).isCloseTo(0.2, offset(1e-12));
        assertThat(warm.rate(3)).isCloseTo(0.8, offset(1e-12));
        assertThat(warm.rate(4)).isEqualTo(1);
        assertThat(warm.rate(6)).isCloseTo(0.1, offset(1e-12));
        assertThatThrownBy(() -> Schedule.cosine(1, 0, 0)).hasMessage("[schedule] steps must be above 0, got 0");
    }

    @Test
    void everyOptimiserFindsTheBottomOfAValley() {
        assertFindsBottom((p, s) -> new Sgd(p, s), 0.1);
        assertFindsBottom((p, s) -> new Sgd(p, s, 0.9, false, 0), 0.02);
        assertFindsBottom((p, s) -> new Sgd(p, s, 0.9, true, 0), 0.02);
        assertFindsBottom((p, s) -> new Adam(p, s), 0.1);
    }

    @Test
    void decayShrinksWhatHasNoGradientInAdamW() {
        try (Scope model = Scope.open()) {
            Parameter w = new Parameter("w", CPU, Shape.of(1), new float[] {1}, true);
            Adam adam = Adam.withDecay(List.of(w), Schedule.constant(0.1), 0.5);
            try (Scope step = Scope.open()) {
                adam.step(w.mul(0).sum().backward());
            }
            assertThat(w.toArray()[0]).isEqualTo(0.95f);
        }
    }

    @Test
    void stateIsNotTrainedAndParametersWithoutGradientStay() {
        try (Scope model = Scope.open()) {
            Parameter used = new Parameter("used", CPU, Shape.of(1), new float[] {1}, true);
            Parameter unused = new Parameter("unused", CPU, Shape.of(1), new float[] {2}, true);
            Parameter state = new Parameter("state", CPU, Shape.of(1), new float[] {3}, false);
            Adam adam = new Adam(List.of(used, unused, state), Schedule.constant(0.1));
            try (Scope step = Scope.open()) {
                adam.step(used.mul(state).sum().backward());
            }
            assertThat(used.toArray()[0]).isNotEqualTo(1);
            assertThat(unused.toArray()[0]).isEqualTo(2);
            assertThat(state.toArray()[0]).isEqualTo(3);
            assertThat(adam.state().keySet())
                    .containsExactly("adam.m.unused", "adam.m.used", "adam.v.unused", "adam.v.used");
            assertThat(adam.steps()).isEqualTo(1);
        }
    }

    @Test
    void aSharedParameterIsChangedOnceAStep() {
        try (Scope model = Scope.open()) {
            LinearLayer shared = LinearLayer.of("shared", CPU, 1, 1, Init.HE_NORMAL, 1);
            List<Parameter> parameters = Sequential.of("net", shared, shared).parameters();
            assertThat(parameters).containsExactly(shared.weight(), shared.bias());
            Parameter w = new Parameter("w", CPU, Shape.of(1), new float[] {1}, true);
            Gradients sum = Gradients.zeros(List.of(w, w));
            try (Scope step = Scope.open()) {
                Gradients g = w.sum().backward();
                new Sgd(List.of(w, w), Schedule.constant(0.25)).step(g);
                sum.add(g);
            }
            assertThat(w.toArray()).containsExactly(0.75f);
            sum.scale(0.5f);
            assertThat(sum.of(w).toArray()).containsExactly(0.5f);
        }
    }

    @Test
    void statesOfOneNameAreRefused() {
        try (Scope model = Scope.open()) {
            Parameter a = new Parameter("w", CPU, Shape.of(1), new float[1], true);
            Parameter b = new Parameter("w", CPU, Shape.of(1), new float[1], true);
            assertThatThrownBy(new Adam(List.of(a, b), Schedule.constant(1))::state)
                    .hasMessage("[optimizer] two parameters have the state adam.m.w: give each its own name");
        }
    }

    @Test
    void constantsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new Sgd(List.of(), Schedule.constant(1), 1, false, 0))
                .hasMessageContaining("[sgd]");
        assertThatThrownBy(() -> new Sgd(List.of(), Schedule.constant(1), 0, true, 0))
                .hasMessageContaining("[sgd]");
        assertThatThrownBy(() -> new Adam(List.of(), Schedule.constant(1), 1, 0.9, 1e-8, 0))
                .hasMessageContaining("[adam]");
        assertThatThrownBy(() -> new Adam(List.of(), Schedule.constant(1), 0.9, 0.999_999_99, 1e-8, 0))
                .as("1 as a float, which makes parameters NaN")
                .hasMessageContaining("[adam]");
        assertThatThrownBy(() -> new Adam(List.of(), Schedule.constant(1)).resumeAt(-1))
                .hasMessage("[optimizer] steps taken must not be negative, got -1");
    }

    private static void assertFindsBottom(BiFunction<List<Parameter>, Schedule, Optimizer> make, double rate) {
        try (Scope model = Scope.open()) {
            Parameter w = new Parameter("w", CPU, Shape.of(2), new float[] {5, -3}, true);
            Optimizer optimizer = make.apply(List.of(w), Schedule.constant(rate));
            for (int i = 0; i < 300; i++) {
                try (Scope step = Scope.open()) {
                    Tensor away = w.add(Tensor.of(CPU, new float[] {-1, -2}, 2));
                    optimizer.step(away.mul(away).sum().backward());
                }
            }
            assertThat((double) w.toArray()[0]).isCloseTo(1, offset(1e-2));
            assertThat((double) w.toArray()[1]).isCloseTo(2, offset(1e-2));
        }
    }
}
