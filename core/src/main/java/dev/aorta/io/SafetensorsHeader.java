package dev.aorta.io;

import dev.aorta.io.Safetensors.DType;
import dev.aorta.io.wire.RecordFrame;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The checked header of a safetensors file, its tensors in the order of their bytes. */
record SafetensorsHeader(Map<String, String> metadata, List<Info> tensors) {
    static final int MAX_BYTES = 100_000_000;

    /** A tensor's place: bytes {@code begin} (inclusive) to {@code end} (exclusive) after the header. */
    record Info(String name, DType dtype, int[] shape, long begin, long end) {}

    static SafetensorsHeader read(InputStream in, long size) throws IOException {
        byte[] prefix = in.readNBytes(Long.BYTES);
        if (prefix.length < Long.BYTES) {
            throw new FormatException(size + " bytes are too few for the header's length");
        }
        long length = RecordFrame.littleEndian(prefix).getLong();
        if (Long.compareUnsigned(length, MAX_BYTES) > 0) {
            throw new FormatException(
                    "a header of " + Long.toUnsignedString(length) + " bytes is over the limit of " + MAX_BYTES);
        }
        if (length > size - Long.BYTES) {
            throw new FormatException(
                    "a header of " + length + " bytes does not fit in a file of " + size + "; it may be cut off");
        }
        ReadBudget budget = ReadBudget.ofReading();
        budget.take(length, "the header");
        byte[] json = in.readNBytes((int) length);
        if (json.length == 0 || json[0] != '{') {
            throw new FormatException("the header does not begin with '{'");
        }
        return of(Json.parse(json, budget), size - Long.BYTES - length);
    }

    private static SafetensorsHeader of(Json header, long dataBytes) throws FormatException {
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Info> tensors = new ArrayList<>();
        for (var member : header.asObject().entrySet()) {
            if (member.getKey().equals(Safetensors.METADATA)) {
                for (var text : member.getValue().asObject().entrySet()) {
                    metadata.put(text.getKey(), text.getValue().asText());
                }
            } else {
                tensors.add(info(member.getKey(), member.getValue()));
            }
        }
        tensors.sort(Comparator.comparingLong(Info::begin).thenComparingLong(Info::end));
        long end = 0;
        for (Info info : tensors) {
            if (info.begin != end) {
                throw new FormatException("tensor '" + info.name + "' begins at byte " + info.begin
                        + " of the data, but the one before" + " it ends at " + end);
            }
            end = info.end;
        }
        if (end != dataBytes) {
            throw new FormatException("the tensors take " + end + " bytes, but " + dataBytes
                    + " follow the header; the file may be cut off or have something appended");
        }
        return new SafetensorsHeader(metadata, tensors);
    }

    private static Info info(String name, Json json) throws FormatException {
        try {
            DType dtype = dtype(json.get("dtype").asText());
            List<Json> dims = json.get("shape").asList();
            int[] shape = new int[dims.size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = (int) atMost(Integer.MAX_VALUE, dims.get(i));
            }
            List<Json> offsets = json.get("data_offsets").asList();
            if (offsets.size() != 2) {
                throw new FormatException("data_offsets must be two numbers, not " + offsets.size());
            }
            long begin = atMost(Long.MAX_VALUE, offsets.get(0));
            long end = atMost(Long.MAX_VALUE, offsets.get(1));
            long needed = Safetensors.byteCount(dtype, shape);
            if (needed < 0) {
                throw new FormatException("shape " + Arrays.toString(shape) + " of " + dtype
                        + " does not fill whole bytes: its elements have " + dtype.bits() + " bits");
            }
            if (end - begin != needed) {
                throw new FormatException("shape " + Arrays.toString(shape) + " of " + dtype + " needs " + needed
                        + " bytes, data_offsets give " + (end - begin));
            }
            if (needed > Integer.MAX_VALUE - 8) {
                throw new FormatException(needed + " bytes are more than a Java array holds; split the tensor");
            }
            return new Info(name, dtype, shape, begin, end);
        } catch (FormatException e) {
            throw new FormatException("tensor '" + name + "': " + e.getMessage(), e);
        } catch (ArithmeticException e) {
            throw new FormatException("tensor '" + name + "': the size of its shape overflows 64 bits", e);
        }
    }

    private static DType dtype(String name) throws FormatException {
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(name)) {
                return dtype;
            }
        }
        throw new FormatException("unknown dtype '" + name + "'; known are " + Arrays.toString(DType.values()));
    }

    private static long atMost(long limit, Json number) throws FormatException {
        long value = number.asLong();
        if (value < 0 || value > limit) {
            throw new FormatException(value + " is outside 0.." + limit);
        }
        return value;
    }
}
