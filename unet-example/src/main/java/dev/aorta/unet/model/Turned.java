package dev.aorta.unet.model;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.List;

/**
 * The mean of what a network says of an image and of six views of it, turned, scaled and moved, each brought back: the logarithms of
 * the mean probabilities. For inference.
 *
 * @param network images (N, H, W, C) to logits (N, H, W, classes)
 * @param device of the network
 */
record Turned(Layer network, Device device) implements Layer {
    private static final List<View> VIEWS = List.of(
            new View(20, 1.2, 5, 3),
            new View(-20, 1.2, -5, 3),
            new View(20, 1 / 1.2, 3, -5),
            new View(-20, 1 / 1.2, -3, -5),
            new View(35, 1, 0, 0),
            new View(-35, 1, 0, 0));
    /** Pixels around a place between them. */
    private static final int CORNERS = 4;

    /**
     * How an image is laid.
     *
     * @param degrees that it is turned about its middle, clockwise on the screen
     * @param scale enlargement
     * @param right movement before that, pixels
     * @param down movement before that, pixels
     */
    private record View(double degrees, double scale, double right, double down) {
        /** An image (N, H, W, C) as this view shows it. */
        Tensor of(Tensor x, Device device) {
            double cos = Math.cos(Math.toRadians(degrees)) / scale;
            double sin = Math.sin(Math.toRadians(degrees)) / scale;
            return sample(x, device, (u, v) -> cos * u + sin * v - right, (u, v) -> cos * v - sin * u - down);
        }

        /** What was said of {@link #of} an image, as the image lies. */
        Tensor back(Tensor y, Device device) {
            double cos = Math.cos(Math.toRadians(degrees)) * scale;
            double sin = Math.sin(Math.toRadians(degrees)) * scale;
            return sample(
                    y,
                    device,
                    (u, v) -> cos * (u + right) - sin * (v + down),
                    (u, v) -> sin * (u + right) + cos * (v + down));
        }
    }

    /** A coordinate in the image, from the middle, of what comes to lie at column u and row v from the middle. */
    private interface Coordinate {
        double at(double u, double v);
    }

    /** Bilinear interpolation; beyond the edge is what the edge has. */
    private static Tensor sample(Tensor x, Device device, Coordinate column, Coordinate row) {
        Shape s = x.shape();
        int rows = s.dim(1);
        int columns = s.dim(2);
        int pixels = rows * columns;
        float[][] index = new float[CORNERS][pixels];
        float[][] weight = new float[CORNERS][pixels];
        for (int i = 0; i < pixels; i++) {
            int across = i % columns;
            int down = i / columns;
            double u = across - (columns - 1) / 2.0;
            double v = down - (rows - 1) / 2.0;
            double q = Math.clamp(column.at(u, v) + (columns - 1) / 2.0, 0, columns - 1);
            double r = Math.clamp(row.at(u, v) + (rows - 1) / 2.0, 0, rows - 1);
            for (int corner = 0; corner < CORNERS; corner++) {
                int nearRow = (int) r + corner / 2;
                int nearColumn = (int) q + corner % 2;
                index[corner][i] = Math.min(nearRow, rows - 1) * columns + Math.min(nearColumn, columns - 1);
                weight[corner][i] = (float) ((1 - Math.abs(r - nearRow)) * (1 - Math.abs(q - nearColumn)));
            }
        }
        Tensor flat = x.reshape(s.dim(0), pixels, s.dim(3));
        Tensor sum = Tensor.zeros(device, flat.shape());
        for (int corner = 0; corner < CORNERS; corner++) {
            Tensor neighbours = flat.gather(1, Tensor.of(device, index[corner], pixels));
            sum = sum.add(neighbours.mul(Tensor.of(device, weight[corner], pixels, 1)));
        }
        return sum.reshape(s.dims());
    }

    @Override
    public String name() {
        return network.name();
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Scope.networkBegins(pass.training());
        try {
            Tensor sum = network.forward(x, pass).softmax();
            for (View view : VIEWS) {
                Tensor turned = network.forward(view.of(x, device), pass).softmax();
                sum = sum.add(view.back(turned, device));
            }
            return Ensemble.logMean(sum, VIEWS.size() + 1);
        } finally {
            Scope.networkEnds();
        }
    }

    @Override
    public List<Parameter> parameters() {
        return network.parameters();
    }
}
