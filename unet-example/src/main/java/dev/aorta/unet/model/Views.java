package dev.aorta.unet.model;

import dev.aorta.Device;
import dev.aorta.nn.Layer;

/** Of how many views of an image a mask is the mean. */
public enum Views {
    /** The image as it is. */
    ONE,
    /** The image and its mirror images, for networks that were trained on images of any orientation. */
    MIRRORED,
    /** The image as it is, and turned, scaled and moved a little in six ways. */
    TURNED;

    /** The network that says of each image the mean over its views, for inference. */
    Layer mean(Layer network, Device device) {
        return switch (this) {
            case ONE -> network;
            case MIRRORED -> new Mirrored(network);
            case TURNED -> new Turned(network, device);
        };
    }
}
