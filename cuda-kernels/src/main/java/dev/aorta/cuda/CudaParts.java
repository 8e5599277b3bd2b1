package dev.aorta.cuda;

import dev.aorta.cuda.CudaOptions.Libraries;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a {@link CudaBackend} is made of, opened in order and closed in the opposite one. */
final class CudaParts implements AutoCloseable {
    final CudaDevice device;
    final MemoryPool pool;
    final Staging staging;
    final LabelChecks labelChecks;
    final Conversion conversion;
    final Pointwise pointwise;
    final Reductions reductions;
    final Layout layout;
    final Products products;
    final ConvolutionPasses convolutions;
    final Pooling pooling;
    final Normalisation normalisation;
    final Losses losses;
    final Optimisers optimisers;
    final CudaOptions.Math math;
    final String description;

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    /** @throws CudaException as the constructor of {@link CudaBackend} */
    CudaParts(int index, CudaOptions options) {
        CudaLibraries libraries = CudaLibraries.load();
        boolean none = options.libraries() == Libraries.NONE;
        String absent = none ? "" : absent(libraries, options.libraries() == Libraries.REQUIRE);
        device = opened(new CudaDevice(index));
        try {
            math = device.math(options.math());
            pool = opened(new MemoryPool(device, options.poison()));
            staging = opened(new Staging(device, pool, Staging.MOST_BLOCKS));
            var launcher = opened(new Launcher(device, opened(new Kernels(device))));
            labelChecks = opened(new LabelChecks(device, launcher, pool));
            pointwise = new Pointwise(launcher);
            reductions = new Reductions(launcher, pool);
            layout = new Layout(launcher, pool, reductions);
            conversion = new Conversion(layout);
            pooling = new Pooling(launcher);
            normalisation = new Normalisation(launcher, pool, reductions);
            losses = new Losses(launcher, pool, pointwise, reductions);
            optimisers = new Optimisers(launcher);
            Cublas cublas = none || libraries.cublas() == null ? null : opened(new Cublas(device, pool, staging, math));
            products = new Products(launcher, pool, conversion, cublas, math);
            var own = new OwnConvolutions(launcher, pool, reductions, Product.of(math));
            CudnnConvolutions cudnn = none || libraries.cudnn() == null
                    ? null
                    : opened(new CudnnConvolutions(device, pool, pointwise, layout, own, math, options.algorithms()));
            convolutions = new ConvolutionPasses(
                    cudnn == null
                            ? own
                            : math == CudaOptions.Math.BFLOAT16
                                    ? new Bfloat16Convolutions(cudnn, conversion, pool)
                                    : cudnn,
                    pointwise,
                    reductions,
                    pool,
                    math);
            description =
                    device + ", convolutions by " + (cudnn == null ? "own kernels" : "cuDNN " + cudnn.versionText())
                            + ", products by " + (cublas == null ? "own kernels" : "cuBLAS " + cublas.versionText())
                            + ", " + math.name().toLowerCase(Locale.ROOT) + absent;
        } catch (RuntimeException e) {
            close(e);
            throw e;
        }
    }

    /** What the description says of libraries that were not found. */
    private static String absent(CudaLibraries libraries, boolean required) {
        StringBuilder text = new StringBuilder();
        for (String name : List.of("cuDNN", "cuBLAS")) {
            if ((name.equals("cuDNN") ? libraries.cudnn() : libraries.cublas()) == null) {
                if (required) {
                    throw new CudaException("[cuda] " + libraries.missing(name));
                }
                text.append("; ").append(name).append(" not found");
            }
        }
        return text.toString();
    }

    private <T extends AutoCloseable> T opened(T resource) {
        resources.push(resource);
        return resource;
    }

    @Override
    public void close() {
        RuntimeException failed = close(null);
        if (failed != null) {
            throw failed;
        }
    }

    /** Closes all of it; the first failure is returned, or joins the one that led here. */
    private @Nullable RuntimeException close(@Nullable RuntimeException cause) {
        RuntimeException first = cause;
        for (AutoCloseable resource : resources) {
            try {
                resource.close();
            } catch (Exception e) {
                if (first == null) {
                    first = e instanceof RuntimeException r ? r : new IllegalStateException(e);
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        return first;
    }
}
