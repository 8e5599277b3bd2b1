package dev.aorta.io;

import dev.aorta.io.Safetensors.Entry;
import dev.aorta.io.Unpickler.Storage;
import dev.aorta.io.Unpickler.View;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** The tensors that a pickle of {@code torch.save} names. */
final class TorchTensors {
    /** Under which a training script keeps the state dict, in this order. */
    private static final List<String> WRAPPERS = List.of("state_dict", "model_state_dict", "model");
    /** All tensors together may be larger than the file, for some share a storage; more than this many times is a bomb. */
    private static final int MAX_GROWTH = 4;

    private TorchTensors() {}

    /** Where the elements lie. */
    interface Storages {
        /** All elements of a storage, as many as it says. */
        byte[] bytes(Storage storage) throws IOException;
    }

    /**
     * The tensors of a state dict, or of the one that a dictionary holds under {@code state_dict}, {@code model_state_dict} or
     * {@code model}.
     *
     * @param size of the file
     * @throws FormatException if it is anything else
     */
    static SequencedMap<String, Entry> of(Object pickled, long size, Storages storages) throws IOException {
        Map<String, View> views = views(stateDict(pickled));
        requireBounded(views, size);
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        for (var view : views.entrySet()) {
            try {
                tensors.put(view.getKey(), tensor(view.getValue(), storages));
            } catch (FormatException e) {
                throw new FormatException("tensor '" + view.getKey() + "': " + e.getMessage(), e);
            }
        }
        return tensors;
    }

    private static Map<?, ?> stateDict(Object value) throws FormatException {
        if (!(value instanceof Map<?, ?> map)) {
            throw new FormatException("it holds no dictionary; in Python, save model.state_dict()");
        }
        if (map.isEmpty() || map.values().stream().anyMatch(View.class::isInstance)) {
            return map;
        }
        for (String wrapper : WRAPPERS) {
            if (map.get(wrapper) instanceof Map<?, ?> inner) {
                return inner;
            }
        }
        throw new FormatException(
                "its dictionary holds no tensors, nor another one under " + WRAPPERS + ", only " + map.keySet());
    }

    private static Map<String, View> views(Map<?, ?> stateDict) throws FormatException {
        Map<String, View> views = new LinkedHashMap<>();
        for (var member : stateDict.entrySet()) {
            if (!(member.getKey() instanceof String name) || !(member.getValue() instanceof View view)) {
                throw new FormatException("'" + member.getKey()
                        + "' in the state dict is no tensor with a name; in Python, save the tensors alone");
            }
            views.put(name, view);
        }
        return views;
    }

    private static void requireBounded(Map<String, View> views, long size) throws FormatException {
        long total = 0;
        for (View v : views.values()) {
            total += Safetensors.byteCount(v.storage().dtype(), v.shape());
            if (total > MAX_GROWTH * size) {
                throw new FormatException("its tensors share storages so often that they take more than " + MAX_GROWTH
                        + " times the file");
            }
        }
    }

    private static Entry tensor(View v, Storages storages) throws IOException {
        Storage s = v.storage();
        byte[] all = storages.bytes(s);
        boolean whole = v.offset() == 0
                && Safetensors.byteCount(s.dtype(), v.shape()) == all.length
                && Arrays.equals(v.steps(), Strides.contiguous(v.shape()));
        byte[] data = whole ? all : Strides.gather(all, s.dtype().bytes(), v.offset(), v.shape(), v.steps());
        return Entry.of(s.dtype(), data, v.shape());
    }
}
