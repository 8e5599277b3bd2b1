package quickstart;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Dataset;
import dev.aorta.loss.Loss;
import dev.aorta.metric.ClassificationMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;

/** Learns which points of a square lie in a circle. */
public final class Train {
    /** Points of a grid with the label 1 inside of the circle and 0 outside. */
    record Circle(int side) implements Dataset {
        @Override
        public int size() {
            return side * side;
        }

        @Override
        public Shape inputShape() {
            return Shape.of(2);
        }

        @Override
        public Shape labelShape() {
            return Shape.SCALAR;
        }

        @Override
        public void read(int index, float[] input, float[] label) {
            input[0] = 2f * (index % side) / (side - 1) - 1;
            input[1] = 2f * (index / side) / (side - 1) - 1;
            label[0] = Math.hypot(input[0], input[1]) < 0.7 ? 1 : 0;
        }
    }

    public static void main(String[] args) {
        Device device = Device.cpu();
        Layers net = new Layers(device, 42);
        Layer network = net.sequential(net.linear(2, 32), net.relu(), net.linear(32, 2));
        double accuracy = new Trainer(
                        network, device, Loss.crossEntropy(), new Adam(network.parameters(), Schedule.constant(0.02)))
                .meter(() -> new ClassificationMeter(2))
                .fit(new DataLoader(new Circle(32), 64).shuffled(42), new DataLoader(new Circle(25), 125), 12)
                .epochs()
                .getLast()
                .judged()
                .get("accuracy");
        System.out.println("accuracy " + accuracy);
    }
}
