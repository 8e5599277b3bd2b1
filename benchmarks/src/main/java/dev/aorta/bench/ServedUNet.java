package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Model;
import dev.aorta.serve.Batching;
import dev.aorta.serve.ServedModel;
import dev.aorta.zoo.Norm;
import dev.aorta.zoo.UNet;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The U-Net that is served to be measured, and what it is asked.
 *
 * @param side of the images, pixels
 * @param base channels of its first level
 */
public record ServedUNet(int side, int base) {
    private static final int CLASSES = 2;

    /** The network. */
    public Layer build(Device device) {
        return new UNet(1, CLASSES).withBase(base).withNorm(Norm.GROUP).build(device, 42);
    }

    /** A network that takes and gives what this one does, as it is served: at most 8 samples at a time, of 32 that wait. */
    public ServedModel serve(Model model, Device device) {
        return new ServedModel(
                model,
                device,
                new ServedModel.Port("image", -1, side, side, 1),
                new ServedModel.Port("logits", -1, side, side, CLASSES),
                new Batching(8, Duration.ofMillis(2), 32));
    }

    /** The JSON before a tensor of an image. */
    String head() {
        return "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[1," + side + "," + side
                + ",1],\"parameters\":{\"binary_data_size\":" + bytes() + "}}],"
                + "\"parameters\":{\"binary_data_output\":true}}";
    }

    int bytes() {
        return side * side * Float.BYTES;
    }

    /** A request for one image, with binary tensors. */
    public HttpRequest request(URI server, String name) {
        return request(server, name, head().getBytes(StandardCharsets.UTF_8), bytes());
    }

    /** The same with another head, and so many bytes behind it. */
    HttpRequest request(URI server, String name, byte[] head, int bytes) {
        return HttpRequest.newBuilder(server.resolve("/v2/models/" + name + "/infer"))
                .header("Inference-Header-Content-Length", Integer.toString(head.length))
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        ByteBuffer.allocate(head.length + bytes).put(head).array()))
                .build();
    }
}
