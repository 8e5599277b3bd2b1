package dev.aorta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final long SEED = 5;

    @Test
    void shardsDealOutTheWholeOrderAndAreEquallyLong() {
        for (int size : new int[] {12, 13, 2}) {
            Sampler whole = Sampler.shuffled(SEED);
            List<Integer> dealt = new ArrayList<>();
            int length = Math.ceilDiv(size, 3);
            for (int i = 0; i < length; i++) {
                for (int shard = 0; shard < 3; shard++) {
                    Sampler part = whole.shard(shard, 3);
                    assertThat(part.count(size)).isEqualTo(length);
                    assertThat(part.order(size, 7)).hasSize(length);
                    dealt.add(part.order(size, 7)[i]);
                }
            }
            List<Integer> order = Arrays.stream(whole.order(size, 7)).boxed().toList();
            assertThat(dealt.subList(0, size))
                    .as("size %d, seed %d", size, SEED)
                    .isEqualTo(order);
            assertThat(dealt.subList(size, dealt.size()))
                    .as("the first ones again")
                    .isEqualTo(order.subList(0, dealt.size() - size));
        }
        assertThatThrownBy(() -> Sampler.sequential().shard(3, 3))
                .hasMessage("[data] there is no shard 3 of 3; they are counted from 0");
    }

    @Test
    void samplesComeInProportionToTheirWeights() {
        double[] weights = {0, 1, 3, 0, 4, 0};
        Sampler sampler = Sampler.weighted(weights, 80_000, SEED);
        int[] drawn = new int[weights.length];
        for (int i : sampler.order(weights.length, 0)) {
            drawn[i]++;
        }
        for (int i = 0; i < weights.length; i++) {
            // five standard deviations of a binomial count are below 710
            assertThat((double) drawn[i]).as("%d, seed %d", i, SEED).isCloseTo(10_000 * weights[i], offset(710.0));
            assertThat(drawn[i] == 0).isEqualTo(weights[i] == 0);
        }
        assertThat(sampler.order(6, 0)).isEqualTo(sampler.order(6, 0)).isNotEqualTo(sampler.order(6, 1));
        assertThat(sampler.count(6)).isEqualTo(80_000);
    }

    @Test
    void weightsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> Sampler.weighted(new double[] {1, -1}, 1, 0))
                .hasMessage("[data] weight 1 must not be negative, got -1.0");
        assertThatThrownBy(() -> Sampler.weighted(new double[] {0, 0}, 1, 0))
                .hasMessage("[data] the weights must have a sum above 0, got 0.0");
        assertThatThrownBy(() -> Sampler.weighted(new double[] {1}, 1, 0).order(2, 0))
                .hasMessage("[data] 1 weights do not fit a data set of 2 samples");
        assertThatThrownBy(() -> Sampler.weighted(new double[] {1}, 0, 0))
                .hasMessage("[data] an epoch must have at least 1 sample, got 0");
    }
}
