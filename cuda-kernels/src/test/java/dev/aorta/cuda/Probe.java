package dev.aorta.cuda;

import dev.aorta.backend.BackendProvider;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.MatMulShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** A process of its own that opens {@code cuda:0} as a user's would and says what it found; run by {@link ProbeTest}. */
final class Probe {
    private Probe() {}

    public static void main(String[] arguments) throws IOException {
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
            backend.matmul(c, a, a, MatMulShape.of(2, 2, 2, false, true));
            float[] result = new float[4];
            backend.download(result, c);
            System.out.println("product: " + Arrays.toString(result));
            System.out.println("loaded: " + loaded());
        } catch (IllegalStateException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }

    /** The names of the shared libraries of this process. */
    private static List<String> loaded() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains(".so"))
                    .map(line -> line.substring(line.lastIndexOf('/') + 1))
                    .distinct()
                    .toList();
        }
    }
}
