package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Convolution of images in parts: a backend computes, bit for bit, what it computes from the whole, where it says that it takes them. */
interface PartsContract extends KernelContract {

    @TestFactory
    default Stream<DynamicTest> takesParts() {
        return KernelContract.each(Stream.of("32 16", "16 5", "16 32 16 16").toList(), split -> {
            int[] channels =
                    Arrays.stream(split.split(" ")).mapToInt(Integer::parseInt).toArray();
            Shape whole = Shape.of(2, 13, 18, Arrays.stream(channels).sum());
            ConvShape s = ConvShape.of("", whole, Shape.of(24, 3, 3, whole.dim(3)), Conv2dOptions.SAME);
            Samples r = Samples.of("parts " + split);
            float[] x = r.normal(whole.size());
            float[] w = r.normal(s.weight().size());
            float[] bias = r.normal(s.outC());
            float[] dy = r.normal(s.output().size());
            float[] mask = r.reluOutput(s.output().size());
            Backend k = backend();
            Buffer[] parts = split(x, channels);
            Buffer y = k.allocate(s.output().size());
            if (!k.takesParts(s, channels)) {
                Stream.concat(Stream.of(parts), Stream.of(y)).forEach(k::release);
                return;
            }
            Buffer wB = uploaded(w);
            Buffer biasB = uploaded(bias);
            Buffer dyB = uploaded(dy);
            Buffer maskB = uploaded(mask);
            Buffer xB = uploaded(x);
            Buffer dx = k.allocate(x.length);
            Buffer dw = k.allocate(w.length);
            Buffer db = k.allocate(bias.length);

            k.conv2d(y, xB, wB, biasB, true, s);
            float[] wantY = downloaded(y);
            k.conv2d(y, parts, wB, biasB, true, s);
            assertThat(downloaded(y)).as("y, seed %d", r.seed).isEqualTo(wantY);

            k.conv2dGradParameters(dw, db, dyB, maskB, xB, s);
            float[] wantDw = downloaded(dw);
            float[] wantDb = downloaded(db);
            k.conv2dGradParameters(dw, db, dyB, maskB, parts, s);
            assertThat(downloaded(dw)).as("dw, seed %d", r.seed).isEqualTo(wantDw);
            assertThat(downloaded(db)).as("db, seed %d", r.seed).isEqualTo(wantDb);
            k.conv2dGradParameters(dw, null, dyB, maskB, parts, s);
            assertThat(downloaded(dw)).as("dw alone, seed %d", r.seed).isEqualTo(wantDw);

            k.conv2dGradInput(dx, dyB, maskB, wB, null, s);
            Buffer[] want = split(downloaded(dx), channels);
            k.conv2dGradInput(parts, dyB, maskB, wB, s);
            for (int i = 0; i < channels.length; i++) {
                assertThat(downloaded(parts[i]))
                        .as("part %d of dx, seed %d", i, r.seed)
                        .isEqualTo(downloaded(want[i]));
            }
            Stream.concat(Stream.of(parts), Stream.of(want)).forEach(k::release);
            Stream.of(y, wB, biasB, dyB, maskB, xB, dx, dw, db).forEach(k::release);
        });
    }

    /** Deals the channels of an image out over buffers. */
    private Buffer[] split(float[] image, int... channels) {
        int total = Arrays.stream(channels).sum();
        int rows = image.length / total;
        Buffer[] parts = new Buffer[channels.length];
        for (int i = 0, first = 0; i < parts.length; first += channels[i], i++) {
            float[] part = new float[rows * channels[i]];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(image, row * total + first, part, row * channels[i], channels[i]);
            }
            parts[i] = uploaded(part);
        }
        return parts;
    }
}
