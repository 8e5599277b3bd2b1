package dev.aorta.serve;

import dev.aorta.Shape;
import dev.aorta.data.Values;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A request for an inference and its answer: JSON, in which a tensor's numbers stand or behind which they follow in little-endian order.
 *
 * @param id that the caller gave, or empty
 * @param input the tensor
 * @param binary whether the caller wants the result behind the JSON
 * @see <a href="https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md">the protocol</a>
 * @see <a href="https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md">binary tensors</a>
 */
record InferMessage(String id, Values input, boolean binary) {
    static final String HEADER_LENGTH = "Inference-Header-Content-Length";
    private static final int MOST_AXES = 8;

    /**
     * Reads a request.
     *
     * @param headerLength value of the header that says where the JSON ends, or empty
     * @throws HttpError 400 when it is not one, or asks for what the model has not
     */
    static InferMessage parse(byte[] body, String headerLength, ServedModel model) throws HttpError {
        try {
            int length = headerLength.isEmpty() ? body.length : Integer.parseInt(headerLength);
            if (length < 0 || length > body.length) {
                throw new FormatException(
                        HEADER_LENGTH + " is " + length + ", and the body has " + body.length + " bytes");
            }
            Json json = Json.parse(Arrays.copyOf(body, length));
            List<Json> inputs = json.get("inputs").asList();
            if (inputs.size() != 1) {
                throw new FormatException("the model takes 1 input, " + model.input() + ", not " + inputs.size());
            }
            Values values = values(inputs.getFirst(), model, ByteBuffer.wrap(body, length, body.length - length));
            Json id = json.asObject().get("id");
            return new InferMessage(id == null ? "" : id.asText(), values, wantsBinary(json, model));
        } catch (NumberFormatException e) {
            throw new HttpError(400, HEADER_LENGTH + " is no number");
        } catch (FormatException e) {
            throw new HttpError(400, String.valueOf(e.getMessage()));
        }
    }

    private static Values values(Json input, ServedModel model, ByteBuffer behind) throws FormatException {
        ServedModel.Port port = model.input();
        if (!input.get("name").asText().equals(port.name())) {
            throw new FormatException("the model's input is called " + port.name());
        }
        if (!input.get("datatype").asText().equals("FP32")) {
            throw new FormatException("the datatype of " + port.name() + " is FP32");
        }
        List<Json> axes = input.get("shape").asList();
        if (axes.isEmpty() || axes.size() > MOST_AXES) {
            throw new FormatException("a shape has 1 to " + MOST_AXES + " axes, not " + axes.size());
        }
        int[] dims = new int[axes.size()];
        long size = 1;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = axes.get(i).asInt();
            size *= dims[i];
            if (dims[i] < 1 || size > Integer.MAX_VALUE) {
                throw new FormatException(
                        "the shape " + input.get("shape").compact() + " is not one of 1 to 2^31 elements");
            }
        }
        if (!port.takes(dims)) {
            throw new FormatException("the model takes " + port + ", not " + Arrays.toString(dims));
        }
        Json binary = parameter(input, "binary_data_size");
        float[] array = binary == null ? numbers(input.get("data")) : floats(behind, binary.asLong());
        if (array.length != size || behind.hasRemaining()) {
            throw new FormatException("the shape " + Arrays.toString(dims) + " wants " + size + " numbers, there are "
                    + array.length + (behind.hasRemaining() ? " and " + behind.remaining() + " bytes more" : ""));
        }
        return new Values(array, Shape.of(dims));
    }

    private static @Nullable Json parameter(Json holder, String name) throws FormatException {
        Json parameters = holder.asObject().get("parameters");
        return parameters == null ? null : parameters.asObject().get(name);
    }

    /** Numbers in rows of any depth, or in one. */
    private static float[] numbers(Json data) throws FormatException {
        if (!data.asList().isEmpty() && data.asList().getFirst() instanceof Json.Arr) {
            List<float[]> rows = new ArrayList<>();
            int count = 0;
            for (Json row : data.asList()) {
                float[] numbers = numbers(row);
                rows.add(numbers);
                count += numbers.length;
            }
            float[] all = new float[count];
            int at = 0;
            for (float[] row : rows) {
                System.arraycopy(row, 0, all, at, row.length);
                at += row.length;
            }
            return all;
        }
        double[] doubles = data.asDoubles();
        float[] floats = new float[doubles.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) doubles[i];
        }
        return floats;
    }

    private static float[] floats(ByteBuffer behind, long size) throws FormatException {
        if (size < 0 || size > behind.remaining() || size % Float.BYTES != 0) {
            throw new FormatException("binary_data_size is " + size + ", and " + behind.remaining()
                    + " bytes follow the JSON; a number of FP32 has 4");
        }
        float[] floats = new float[(int) (size / Float.BYTES)];
        behind.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        behind.position(behind.position() + (int) size);
        return floats;
    }

    private static boolean wantsBinary(Json json, ServedModel model) throws FormatException {
        Json all = parameter(json, "binary_data_output");
        boolean binary = all != null && all.asBoolean();
        Json outputs = json.asObject().get("outputs");
        for (Json output : outputs == null ? List.<Json>of() : outputs.asList()) {
            if (!output.get("name").asText().equals(model.output().name())) {
                throw new FormatException(
                        "the model's output is called " + model.output().name());
            }
            Json own = parameter(output, "binary_data");
            binary = own == null ? binary : own.asBoolean();
        }
        return binary;
    }

    /**
     * The answer.
     *
     * @throws HttpError 500 when a result is infinite or no number, which JSON cannot say
     */
    Answer answer(String name, String version, ServedModel.Port port, Values result) throws HttpError {
        float[] array = result.array();
        SequencedMap<String, Object> output = new LinkedHashMap<>();
        output.put("name", port.name());
        output.put("shape", Arrays.stream(result.shape().dims()).boxed().toList());
        output.put("datatype", "FP32");
        if (binary) {
            output.put("parameters", Map.of("binary_data_size", array.length * Float.BYTES));
        } else {
            List<Float> numbers = new ArrayList<>(array.length);
            for (float value : array) {
                if (!Float.isFinite(value)) {
                    throw new HttpError(
                            500, "the model gave " + value + ", which JSON cannot say; ask for binary data");
                }
                numbers.add(value);
            }
            output.put("data", numbers);
        }
        SequencedMap<String, Object> message = new LinkedHashMap<>();
        message.put("model_name", name);
        message.put("model_version", version);
        if (!id.isEmpty()) {
            message.put("id", id);
        }
        message.put("outputs", List.of(output));
        if (!binary) {
            return Answer.json(message);
        }
        byte[] json = Json.of(message).compact().getBytes(StandardCharsets.UTF_8);
        ByteBuffer body =
                ByteBuffer.allocate(json.length + array.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        body.put(json).asFloatBuffer().put(array);
        return new Answer(
                200, "application/octet-stream", Map.of(HEADER_LENGTH, Integer.toString(json.length)), body.array());
    }
}
