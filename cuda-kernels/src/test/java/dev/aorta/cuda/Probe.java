package dev.aorta.cuda;

import dev.aorta.backend.BackendProvider;
import dev.aorta.backend.Buffer;
import java.util.Arrays;
import java.util.ServiceLoader;

/** A process of its own that opens {@code cuda:0} as a user's would and says what it found; run by {@link ProbeTest}. */
final class Probe {
    private Probe() {}

    public static void main(String[] arguments) {
        BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals("cuda"))
                .findFirst()
                .orElseThrow();
        System.out.println("unusable: " + provider.unusableBecause());
        try (var backend = provider.open(arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]))) {
            System.out.println("description: " + backend.description());
            Buffer a = backend.allocate(4);
            Buffer c = backend.allocate(4);
            backend.upload(a, new float[] {1, 2, 3, 4});
            backend.gemm(c, a, false, a, true, 2, 2, 2);
            float[] result = new float[4];
            backend.download(result, c);
            System.out.println("product: " + Arrays.toString(result));
        } catch (IllegalStateException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }
}
