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
import dev.aorta.nn.Layers;
import dev.aorta.nn.LinearLayer;
import dev.aorta.nn.Sequential;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
        Schedule cycle = Schedule.oneCycle(1, 100); // at the top in step 0.3 * 100 - 1
        assertThat(cycle.rate(0)).isCloseTo(0.04, offset(1e-12));
        assertThat(cycle.rate(29)).isCloseTo(1, offset(1e-12));
        assertThat(cycle.rate(64)).isCloseTo(0.500002, offset(1e-12));
        assertThat(cycle.rate(99)).isCloseTo(4e-6, offset(1e-12));
        assertThat(cycle.rate(500)).isCloseTo(4e-6, offset(1e-12));
        assertThatThrownBy(() -> Schedule.oneCycle(1, 3)).hasMessage("[schedule] steps must be at least 4, got 3");
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
        assertFindsBottom((p, s) -> new Sgd(p, s).momentum(0.9), 0.02);
        assertFindsBottom((p, s) -> new Sgd(p, s).nesterov(0.9), 0.02);
        assertFindsBottom((p, s) -> new Adam(p, s), 0.1);
        assertFindsBottom((p, s) -> new RmsProp(p, s), 0.03);
        assertFindsBottom((p, s) -> new Adagrad(p, s), 1);
        assertFindsBottom((p, s) -> new Lamb(p, Schedule.cosine(0.1, 0, 300)), 0.1);
        assertFindsBottom((p, s) -> new Lion(p, Schedule.cosine(0.1, 0, 300)), 0.1);
    }

    @Test
    void decayShrinksWhatHasNoGradientInAdamW() {
        try (Scope model = Scope.open()) {
            Parameter w = new Parameter("w", CPU, Shape.of(1), new float[] {1}, true);
            Optimizer adam = new Adam(List.of(w), Schedule.constant(0.1)).weightDecay(0.5);
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
    void aFrozenParameterStaysUntilItIsUnfrozen() {
        try (Scope model = Scope.open()) {
            Parameter body = new Parameter("body", CPU, Shape.of(1), new float[] {2}, true);
            Parameter head = new Parameter("head", CPU, Shape.of(1), new float[] {3}, true);
            Parameter state = new Parameter("state", CPU, Shape.of(1), new float[] {4}, false);
            List<Parameter> all = List.of(body, head, state);
            all.forEach(Parameter::freeze);
            Optimizer adam = new Adam(all, Schedule.constant(0.1)).weightDecay(0.5);
            all.forEach(Parameter::unfreeze);
            assertThat(all.stream().map(Parameter::trainable)).containsExactly(true, true, false);
            Gradients sum = Gradients.zeros(all);
            body.freeze();
            try (Scope step = Scope.open()) {
                Gradients g = body.mul(head).mul(state).sum().backward();
                assertThat(g.has(body)).isFalse();
                assertThat(g.of(head).toArray()).containsExactly(8);
                sum.add(g);
                adam.step(sum);
            }
            assertThat(body.toArray()).containsExactly(2);
            float trained = head.toArray()[0];
            assertThat(trained).isNotEqualTo(3);
            body.unfreeze();
            try (Scope step = Scope.open()) {
                adam.step(body.mul(state).sum().backward());
            }
            assertThat(body.toArray()[0]).isNotEqualTo(2);
            assertThat(head.toArray()).containsExactly(trained);
            assertThat(state.toArray()).containsExactly(4);
        }
    }

    /** It took its steps, moved its schedule and changed nothing. */
    @Test
    void gradientsOfAnotherNetworkAreRefused() {
        try (Scope model = Scope.open()) {
            Parameter mine = new Parameter("mine", CPU, Shape.of(1), new float[] {1}, true);
            Parameter other = new Parameter("other", CPU, Shape.of(1), new float[] {1}, true);
            Sgd sgd = new Sgd(List.of(mine), Schedule.constant(1));
            try (Scope step = Scope.open()) {
                Gradients foreign = other.sum().backward();
                assertThatThrownBy(() -> sgd.step(foreign))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage(
                                "[optimizer] none of its 1 parameters, from mine [1] on, has a gradient here: these are"
                                        + " the gradients of 1 other tensors, so the loss was computed from another network");
                assertThat(sgd.steps()).isZero();
                mine.freeze();
                sgd.step(foreign);
                assertThat(sgd.steps()).as("all frozen: nothing to do").isEqualTo(1);
            }
        }
    }

    @Test
    void aSharedParameterIsChangedOnceAStep() {
        try (Scope model = Scope.open()) {
            LinearLayer shared = new Layers(CPU, 1).linear(1, 1);
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
    void parametersOfOneNameAreRefused() {
        try (Scope model = Scope.open()) {
            Parameter a = new Parameter("conv1.weight", CPU, Shape.of(1), new float[1], true);
            Parameter b = new Parameter("conv1.weight", CPU, Shape.of(2), new float[2], true);
            assertThatThrownBy(() -> new Adam(List.of(a, b), Schedule.constant(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "[optimizer] two parameters have one name, conv1.weight [1] and conv1.weight [2]: give each"
                                    + " layer its own, as nn.Layers does");
        }
    }

    @Test
    void groupsHaveTheirOwnRateAndDecay() {
        try (Scope model = Scope.open()) {
            Parameter weight = new Parameter("a.weight", CPU, Shape.of(1, 1), new float[] {1}, true);
            Parameter bias = new Parameter("a.bias", CPU, Shape.of(1), new float[] {1}, true);
            Parameter slow = new Parameter("b.bias", CPU, Shape.of(1), new float[] {1}, true);
            Optimizer sgd = new Sgd(List.of(weight, bias, slow), Schedule.constant(0.5))
                    .weightDecay(0.5)
                    .group(p -> p.shape().rank() == 1, 1, 0)
                    .group(p -> p.name().startsWith("b."), 0.5, 0);
            try (Scope step = Scope.open()) {
                sgd.step(weight.sum().add(bias.sum()).add(slow.sum()).backward());
            }
            assertThat(weight.item()).isEqualTo(1 - 0.5 * 1.5);
            assertThat(bias.item()).isEqualTo(0.5);
            assertThat(slow.item()).isEqualTo(0.75);
            assertThat(sgd.steps()).isEqualTo(1);
            assertThatThrownBy(() -> sgd.group(p -> false, 1, 0))
                    .hasMessage("[optimizer] a group holds none of the 3 parameters");
            assertThatThrownBy(() -> sgd.group(p -> true, -1, 0))
                    .hasMessageContaining("must not be negative, got -1.0");
        }
    }

    /** The example of Optimizer's documentation. */
    private static final class HeavyBall extends Optimizer {
        private final State velocity = zeros("heavyball.velocity");

        HeavyBall(Collection<Parameter> parameters, Schedule schedule) {
            super(parameters, schedule);
        }

        @Override
        protected void update(Step step) {
            step.forEach((w, g) -> {
                Tensor v = velocity.of(w);
                v.assign(v.mul(0.9f).add(g));
                w.assign(w.sub(v.mul(step.rate())));
            });
        }
    }

    @Test
    void oneOfYourOwnStepsAndResumesLikeSgd() {
        try (Scope model = Scope.open()) {
            Parameter own = new Parameter("w", CPU, Shape.of(2), new float[] {5, -3}, true);
            Parameter theirs = new Parameter("w", CPU, Shape.of(2), new float[] {5, -3}, true);
            Optimizer heavy = new HeavyBall(List.of(own), Schedule.step(0.1, 0.5, 2));
            Optimizer sgd = new Sgd(List.of(theirs), Schedule.step(0.1, 0.5, 2)).momentum(0.9);
            for (int i = 0; i < 4; i++) {
                if (i == 2) {
                    Optimizer again = new HeavyBall(List.of(own), Schedule.step(0.1, 0.5, 2));
                    assertThat(again.state().keySet()).containsExactly("heavyball.velocity.w");
                    Map<String, Parameter> saved = heavy.state();
                    again.state().forEach((name, p) -> p.assign(Objects.requireNonNull(saved.get(name))));
                    again.resumeAt(heavy.steps());
                    heavy = again;
                }
                try (Scope step = Scope.open()) {
                    heavy.step(own.square().sum().backward());
                    sgd.step(theirs.square().sum().backward());
                }
                assertThat(own.toArray()).as("step %d", i).isEqualTo(theirs.toArray());
            }
        }
    }

    @Test
    void aStateOfOneKindIsMadeOnce() {
        try (Scope model = Scope.open()) {
            Parameter w = new Parameter("w", CPU, Shape.of(1), new float[1], true);
            HeavyBall heavy = new HeavyBall(List.of(w), Schedule.constant(1));
            assertThatThrownBy(() -> heavy.zeros("heavyball.velocity"))
                    .hasMessage("[optimizer] there is already a state heavyball.velocity.w");
        }
    }

    @Test
    void averagesFollowAndChangePlaces() {
        try (Scope model = Scope.open()) {
            Parameter w = new Parameter("w", CPU, Shape.of(1), new float[] {8}, true);
            WeightAverage average = new WeightAverage(List.of(w), 0.75);
            w.fill(4);
            average.update();
            w.fill(0);
            average.update();
            Parameter averaged = Objects.requireNonNull(average.state().get("average.w"));
            assertThat(averaged.item()).isEqualTo(0.75 * (0.75 * 8 + 0.25 * 4));
            try (WeightAverage.Swap swapped = average.swap()) {
                assertThat(w.item()).isEqualTo(5.25);
                assertThat(averaged.item()).isZero();
                assertThatThrownBy(average::update)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("close the result of swap() first");
                assertThatThrownBy(average::swap).isInstanceOf(IllegalStateException.class);
            }
            assertThat(w.item()).isZero();
            assertThat(averaged.item()).isEqualTo(5.25);
            WeightAverage.Swap once = average.swap();
            once.close();
            assertThatThrownBy(once::close).hasMessageContaining("in their places already");
        }
    }

    @Test
    void constantsOutOfRangeAreRefused() {
        Schedule one = Schedule.constant(1);
        List<Parameter> some = List.of(new Parameter("w", CPU, Shape.of(1), new float[1], true));
        Map<String, ThrowingCallable> refused = new LinkedHashMap<>();
        refused.put("[sgd] momentum must be from 0 to below 1, got 1.0", () -> new Sgd(some, one).momentum(1));
        refused.put("[sgd] Nesterov's variant needs a momentum above 0", () -> new Sgd(some, one).nesterov(0));
        refused.put("[adam] beta1 must be from 0 to below 1, got 1.0", () -> new Adam(some, one).betas(1, 0.9));
        refused.put( // 1 as a float, which makes parameters NaN
                "[adam] beta2 must be from 0 to below 1, got 0.99999999",
                () -> new Adam(some, one).betas(0.9, 0.999_999_99));
        refused.put("[adam] epsilon must be at least 1.2e-38, got 0.0", () -> new Adam(some, one).epsilon(0));
        refused.put(
                "[optimizer] the factor of the rate and the weight decay must not be negative, got 1.0 and -1.0",
                () -> new Adam(some, one).weightDecay(-1));
        refused.put(
                "[rmsprop] smoothing must be from 0 to below 1, got NaN",
                () -> new RmsProp(some, one).smoothing(Double.NaN));
        refused.put("[adagrad] epsilon must be at least 1.2e-38, got 0.0", () -> new Adagrad(some, one).epsilon(0));
        refused.put("[lamb] beta2 must be from 0 to below 1, got -0.5", () -> new Lamb(some, one).betas(0.9, -0.5));
        refused.put("[lion] beta1 must be from 0 to below 1, got 1.0", () -> new Lion(some, one).betas(1, 0.9));
        refused.put("[average] decay must be from 0 to below 1, got 1.0", () -> new WeightAverage(some, 1));
        refused.forEach((message, make) -> assertThatThrownBy(make)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message));
        assertThatThrownBy(() -> new Adam(some, one).resumeAt(-1))
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
