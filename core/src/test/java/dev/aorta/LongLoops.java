package dev.aorta;

import dev.aorta.io.StateDict;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Model;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Training steps, loaded models and sizes of images, many of each: what stays on the heap, and in the process, must not grow. At last,
 * how much of the heap the arrays of many sizes keep, and how much of it a program gets all the same.
 */
final class LongLoops {
    private static final int LINES = 10;

    private LongLoops() {}

    private static Layer network(Device device) {
        Layers net = new Layers(device, 42);
        return net.sequential(
                net.conv2d(1, 8, 3).withRelu(),
                net.maxPool2d(2),
                net.conv2d(8, 8, 3),
                net.globalAvgPool2d(),
                net.linear(8, 4));
    }

    private interface Round {
        void run(int number) throws Exception;
    }

    /** Runs the loops that are named, each as often as the first argument says. */
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[0]);
        Device device = Device.cpu();
        try (Scope training = Scope.open()) {
            Layer network = network(device);
            Adam adam = new Adam(network.parameters(), Schedule.constant(1e-3));
            float[] labels = {0, 1, 2, 3};
            loop("steps", count, i -> {
                try (Scope step = Scope.open()) {
                    Tensor logits = network.forward(images(device, 24), Pass.training(1, i));
                    adam.step(logits.crossEntropy(Tensor.of(device, labels, 4), null)
                            .backward());
                }
            });
        }
        Path file = Files.createTempFile("long", ".safetensors");
        StateDict.save(file, network(device));
        loop("loads", count, i -> {
            Model model = Model.of(() -> {
                Layer network = network(device);
                StateDict.load(file, network);
                return network;
            });
            model.run(network ->
                    network.forward(images(device, 24), Pass.INFERENCE).toArray());
            model.close();
        });
        Layer unscoped = network(device);
        loop("unscoped", count, i -> unscoped.forward(images(device, 24), Pass.INFERENCE));
        loop("sizes", count, i -> {
            try (Scope prediction = Scope.noGrad()) {
                network(device).forward(images(device, 8 + i * 37 % 200), Pass.INFERENCE);
            }
        });
        Files.delete(file);
        giveWay(device, count);
    }

    /** Sizes up to those of which a prediction takes a sixteenth of the heap; then arrays of a program's own until there is no room. */
    private static void giveWay(Device device, int count) {
        double heap = Runtime.getRuntime().maxMemory();
        int sides = (int) Math.sqrt(heap / 16 / 128); // 128 bytes a pixel: four images of eight channels
        for (int i = 0; i < Math.min(count, sides); i++) {
            try (Scope prediction = Scope.noGrad()) {
                network(device).forward(images(device, 8 + i * 37 % sides), Pass.INFERENCE);
            }
        }
        System.gc();
        double held = used();
        List<byte[]> program = new ArrayList<>();
        try {
            while (true) {
                program.add(new byte[1 << 16]); // far below what G1 rounds up to whole regions
            }
        } catch (OutOfMemoryError full) {
            int got = program.size();
            program.clear();
            System.out.printf(
                    Locale.ROOT,
                    "pool held %.0f MB, a program gets %.0f MB of %.0f MB%n",
                    held / 1e6,
                    got * 0.065536,
                    heap / 1e6);
        }
    }

    private static double used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static Tensor images(Device device, int side) {
        return Tensor.zeros(device, Shape.of(4, side, side, 1));
    }

    private static void loop(String name, int count, Round round) throws Exception {
        for (int i = 0; i < count; i++) {
            round.run(i);
            if ((i + 1) % Math.max(count / LINES, 1) == 0) {
                Device.cpu().trim();
                System.gc();
                System.out.printf(
                        Locale.ROOT, "%s %d heap %.1f MB rss %d MB%n", name, i + 1, used() / 1e6, residentMegabytes());
            }
        }
    }

    /** Memory of this process, or 0 where there is no /proc. */
    private static long residentMegabytes() throws Exception {
        Path statm = Path.of("/proc/self/statm");
        return Files.exists(statm) ? Long.parseLong(Files.readString(statm).split(" ")[1]) * 4096 / 1_000_000 : 0;
    }
}
