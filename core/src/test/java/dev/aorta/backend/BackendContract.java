package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What every {@link Backend} must do: each kernel, on a seeded grid of geometries, gives what {@link
 * dev.aorta.backend.reference.ReferenceBackend} gives, within the bound of {@link KernelCheck}. A subclass supplies the backend
 * and, where its convolutions need it, {@link #convolutionFactor} and {@link #sharesRounding}. {@code -Daorta.test.seed} draws other values.
 */
public abstract class BackendContract
        implements MemoryContract,
                PointwiseContract,
                ReductionContract,
                GemmContract,
                LayoutContract,
                ConvolutionContract,
                PoolingContract,
                NormalisationContract,
                LossContract,
                OptimizerContract {

    /** A kernel without a test of its name cannot be added. */
    @Test
    void everyMethodHasTests() {
        Set<String> tests = Arrays.stream(getClass().getMethods())
                .filter(m -> AnnotationSupport.isAnnotated(m, Testable.class))
                .map(m -> m.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> kernels = Arrays.stream(Backend.class.getMethods())
                .map(m -> m.getName())
                .filter(name -> !name.equals("close"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(tests).containsAll(kernels);
    }

    /** Several threads with their own buffers get, bit for bit, what one thread gets. */
    @Test
    void threadsDoNotDisturbEachOther() throws Exception {
        List<ConvShape> shapes = IntStream.range(0, 12)
                .mapToObj(i -> ConvGeometries.random(Samples.of("threads " + i)))
                .toList();
        List<float[]> alone = shapes.stream().map(this::convolution).toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<float[]>> calls = shapes.stream()
                    .map(s -> (Callable<float[]>) () -> convolution(s))
                    .toList();
            for (int round = 0; round < 5; round++) {
                List<Future<float[]>> together = threads.invokeAll(calls);
                for (int i = 0; i < shapes.size(); i++) {
                    assertThat(together.get(i).get())
                            .as(shapes.get(i).toString())
                            .isEqualTo(alone.get(i));
                }
            }
        }
    }

    private float[] convolution(ConvShape s) {
        Samples r = Samples.of("threads " + s);
        Backend k = backend();
        Buffer x = k.allocate(s.input().size());
        Buffer w = k.allocate(s.weight().size());
        Buffer y = k.allocate(s.output().size());
        k.upload(x, r.normal(x.size()));
        k.upload(w, r.normal(w.size()));
        k.conv2d(y, x, w, null, true, s);
        float[] result = new float[y.size()];
        k.download(result, y);
        List.of(x, w, y).forEach(k::release);
        return result;
    }
}
