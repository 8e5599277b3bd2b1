package dev.aorta.cuda;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** Device blocks that wait for a request of their very size. */
final class FreeBlocks {
    private final Map<Integer, ArrayDeque<DevicePointer>> bySize = new HashMap<>();

    @Nullable
    DevicePointer poll(int size) {
        ArrayDeque<DevicePointer> waiting = bySize.get(size);
        return waiting == null ? null : waiting.poll();
    }

    void push(DevicePointer pointer, int size) {
        bySize.computeIfAbsent(size, s -> new ArrayDeque<>()).push(pointer);
    }

    boolean isEmpty() {
        return bySize.values().stream().allMatch(ArrayDeque::isEmpty);
    }

    /** Hands every block with its size to {@code taker} and keeps none. */
    void drain(ObjIntConsumer<DevicePointer> taker) {
        bySize.forEach((size, pointers) -> pointers.forEach(p -> taker.accept(p, size)));
        bySize.clear();
    }
}
