package dev.aorta.bench;

/**
 * A network and the number of images that it sees at once, for example {@code unet-32x4}.
 *
 * @param network that is trained
 * @param batch images a step
 */
public record Case(Network network, int batch) {
    /** The case with this name. */
    public static Case of(String name) {
        return new Case(Network.named(networkOf(name)), batchOf(name));
    }

    /** The name of a case's network. */
    public static String networkOf(String name) {
        return name.substring(0, behindNetwork(name));
    }

    /** The number of images of a case. */
    public static int batchOf(String name) {
        return Integer.parseInt(name.substring(behindNetwork(name) + 1));
    }

    private static int behindNetwork(String name) {
        int x = name.lastIndexOf('x');
        if (x < 0 || !name.substring(x + 1).matches("[1-9]\\d*")) {
            throw new IllegalArgumentException("a case is NETWORKxBATCH, for example unet-32x4, not '" + name + "'");
        }
        return x;
    }

    @Override
    public String toString() {
        return network.label() + "x" + batch;
    }
}
