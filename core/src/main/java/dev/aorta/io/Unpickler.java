package dev.aorta.io;

import dev.aorta.io.Safetensors.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pickle of a state dict, and executes nothing: of the opcodes only those that build dictionaries, lists, tuples,
 * strings and numbers, of the classes only {@code OrderedDict}, the storages, and the functions that say how a tensor lies in
 * one, or of what type a dictionary is. Everything else is refused by its name.
 *
 * <p>Values are {@link Map}, {@link List} for lists and tuples, {@link String}, {@link Long}, {@link Double}, {@link Boolean},
 * {@link View}, {@link #NONE}.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools: the opcodes</a>
 */
final class Unpickler {
    /** Python's {@code None}. */
    static final Object NONE = new Object();

    static final int MAX_BYTES = 1 << 26;
    private static final int MAX_OPCODES = 4_000_000;
    private static final int MAX_PROTOCOL = 5;
    private static final int MAX_AXES = 64;
    private static final Map<String, DType> STORAGES = Map.of(
            "torch.FloatStorage", DType.F32,
            "torch.DoubleStorage", DType.F64,
            "torch.HalfStorage", DType.F16,
            "torch.BFloat16Storage", DType.BF16,
            "torch.LongStorage", DType.I64,
            "torch.IntStorage", DType.I32,
            "torch.ShortStorage", DType.I16,
            "torch.CharStorage", DType.I8,
            "torch.ByteStorage", DType.U8,
            "torch.BoolStorage", DType.BOOL);

    /** Elements in a place of their own. */
    record Storage(DType dtype, String key, long count) {
        /** Whether it fills so many bytes. */
        boolean isOf(long bytes) {
            return bytes % dtype.bytes() == 0 && bytes / dtype.bytes() == count;
        }
    }

    /** A tensor: where it lies in a storage. All of it lies inside. */
    record View(Storage storage, long offset, int[] shape, long[] steps) {}

    /** A class or a function of the allow-list. */
    private enum Callable {
        ORDERED_DICT("collections.OrderedDict"),
        TENSOR("torch._utils._rebuild_tensor_v2"),
        PARAMETER("torch._utils._rebuild_parameter"),
        /** What libtorch puts around a dictionary. */
        TYPED("torch.jit._pickle.restore_type_tag");

        private final String python;

        Callable(String python) {
            this.python = python;
        }
    }

    private final ByteBuffer in;
    private final Map<String, Storage> storages;
    private final List<Object> stack = new ArrayList<>();
    private final Deque<Integer> marks = new ArrayDeque<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private int at; // where the current opcode stands

    private Unpickler(ByteBuffer in, Map<String, Storage> storages) {
        this.in = in.order(ByteOrder.LITTLE_ENDIAN);
        this.storages = storages;
    }

    /** The value that a pickle describes. */
    static Object read(byte[] pickle) throws FormatException {
        return read(ByteBuffer.wrap(pickle), new HashMap<>());
    }

    /**
     * The value that the next of some pickles describes; the position is behind it then.
     *
     * @param storages receives all that it names, by their keys
     */
    static Object read(ByteBuffer pickles, Map<String, Storage> storages) throws FormatException {
        return new Unpickler(pickles, storages).run();
    }

    private Object run() throws FormatException {
        for (int count = 0; count < MAX_OPCODES; count++) {
            at = in.position();
            int opcode = Byte.toUnsignedInt(take(1).get());
            if (opcode == '.') {
                return pop();
            }
            execute(opcode);
        }
        throw error("more than " + MAX_OPCODES + " opcodes");
    }

    private void execute(int opcode) throws FormatException {
        switch (opcode) {
            case 0x80 -> requireProtocol(number(1));
            case 0x95 -> take(Long.BYTES); // FRAME, a hint of the length
            case '}' -> stack.add(new LinkedHashMap<>());
            case ']' -> stack.add(new ArrayList<>());
            case ')' -> stack.add(List.of());
            case 'N' -> stack.add(NONE);
            case 0x88 -> stack.add(true);
            case 0x89 -> stack.add(false);
            case 'K' -> stack.add(number(1));
            case 'M' -> stack.add(number(2));
            case 'J' -> stack.add((long) take(Integer.BYTES).getInt());
            case 0x8a -> stack.add(longNumber((int) number(1)));
            case 'G' -> stack.add(take(Double.BYTES).order(ByteOrder.BIG_ENDIAN).getDouble());
            case 'X' -> stack.add(text(number(4)));
            case 0x8c -> stack.add(text(number(1)));
            case '(' -> marks.push(stack.size());
            case 't' -> stack.add(List.copyOf(popMarked()));
            case 0x85 -> stack.add(tuple(1));
            case 0x86 -> stack.add(tuple(2));
            case 0x87 -> stack.add(tuple(3));
            case 'q' -> memo.put((int) number(1), top());
            case 'r' -> memo.put((int) number(4), top());
            case 0x94 -> memo.put(memo.size(), top());
            case 'h' -> stack.add(remembered((int) number(1)));
            case 'j' -> stack.add(remembered((int) number(4)));
            case 'a' -> append(List.of(pop()));
            case 'e' -> append(popMarked());
            case 's' -> setItems(tuple(2));
            case 'u' -> setItems(popMarked());
            case 'c' -> stack.add(named(line(), line()));
            case 0x93 -> {
                List<Object> names = tuple(2);
                stack.add(named(
                        as(String.class, names.get(0), "a module"), as(String.class, names.get(1), "a class's name")));
            }
            case 'Q' -> stack.add(storage(as(List.class, pop(), "a storage's description")));
            case 'R' -> {
                List<?> arguments = as(List.class, pop(), "arguments");
                stack.add(call(as(Callable.class, pop(), "a function"), arguments));
            }
            case 'b' -> { // an OrderedDict's attributes: a state dict's _metadata
                pop();
                as(Map.class, top(), "a dictionary");
            }
            default -> throw error("opcode " + Opcodes.describe(opcode) + " does not belong to a state dict");
        }
    }

    // ---- classes

    private Object named(String module, String name) throws FormatException {
        String python = module + "." + name;
        DType storage = STORAGES.get(python);
        if (storage != null) {
            return storage;
        }
        for (Callable c : Callable.values()) {
            if (c.python.equals(python)) {
                return c;
            }
        }
        throw error("it asks for " + python + ", which is not a part of a state dict and is never run; in Python, save"
                + " model.state_dict() instead of the model, and nothing but tensors beside it");
    }

    private Object call(Callable function, List<?> arguments) throws FormatException {
        return switch (function) {
            case ORDERED_DICT -> {
                require(arguments.isEmpty(), "an OrderedDict that is made from " + arguments.size() + " arguments");
                yield new LinkedHashMap<>();
            }
            case TENSOR -> {
                require(arguments.size() == 6 || arguments.size() == 7, "a tensor of " + arguments.size() + " parts");
                yield view(
                        as(Storage.class, arguments.get(0), "a storage"),
                        as(Long.class, arguments.get(1), "an offset"),
                        as(List.class, arguments.get(2), "a shape"),
                        as(List.class, arguments.get(3), "strides"));
            }
            case PARAMETER -> {
                require(arguments.size() == 3, "a parameter of " + arguments.size() + " parts");
                yield as(View.class, arguments.get(0), "a tensor");
            }
            case TYPED -> {
                require(arguments.size() == 2, "a typed value of " + arguments.size() + " parts");
                yield arguments.get(0);
            }
        };
    }

    private Storage storage(List<?> description) throws FormatException {
        boolean whole = description.size() == 5 || description.size() == 6 && description.getLast() == NONE;
        require(whole && "storage".equals(description.getFirst()), "a persistent id that is not of a whole storage");
        Storage storage = new Storage(
                as(DType.class, description.get(1), "a storage's class"),
                as(String.class, description.get(2), "a storage's key"),
                as(Long.class, description.get(4), "a storage's size"));
        storages.put(storage.key, storage);
        return storage;
    }

    private View view(Storage storage, long offset, List<?> size, List<?> strides) throws FormatException {
        require(size.size() == strides.size() && size.size() <= MAX_AXES, "a tensor of unequal or too many axes");
        int[] shape = new int[size.size()];
        long[] steps = new long[shape.length];
        boolean empty = false;
        for (int i = 0; i < shape.length; i++) {
            long extent = as(Long.class, size.get(i), "an extent");
            steps[i] = as(Long.class, strides.get(i), "a stride");
            require(extent >= 0 && extent <= Integer.MAX_VALUE, "an axis of " + extent);
            require(steps[i] >= 0, "a stride of " + steps[i]);
            shape[i] = (int) extent;
            empty |= extent == 0;
        }
        String what = "a tensor of " + size + " with strides " + strides + " from " + offset + " on";
        try {
            long count = 1;
            long last = offset;
            for (int i = 0; i < shape.length; i++) {
                count = Math.multiplyExact(count, (long) shape[i]);
                last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[i] - 1L), steps[i]));
            }
            boolean inside = offset >= 0 && count <= storage.count && (empty || last < storage.count);
            require(inside, what + " does not lie in its storage of " + storage.count);
        } catch (ArithmeticException e) {
            throw error(what + " overflows 64 bits");
        }
        return new View(storage, offset, shape, steps);
    }

    // ---- containers

    @SuppressWarnings("unchecked") // whatever is appended, readers check it
    private void append(List<Object> items) throws FormatException {
        Object list = top();
        require(list instanceof ArrayList, "something is appended to no list");
        ((List<Object>) list).addAll(items);
    }

    @SuppressWarnings("unchecked") // keys are checked here, values by readers
    private void setItems(List<Object> items) throws FormatException {
        require(items.size() % 2 == 0, "a key without a value");
        Map<Object, Object> map = as(Map.class, top(), "a dictionary");
        for (int i = 0; i < items.size(); i += 2) {
            Object key = items.get(i);
            require(key instanceof String || key instanceof Long, "a key that is neither text nor a whole number");
            require(map.put(key, items.get(i + 1)) == null, "the key '" + key + "' stands twice");
        }
    }

    private List<Object> tuple(int count) throws FormatException {
        Object[] items = new Object[count];
        for (int i = count - 1; i >= 0; i--) {
            items[i] = pop();
        }
        return List.of(items);
    }

    private List<Object> popMarked() throws FormatException {
        require(!marks.isEmpty(), "there is no mark");
        List<Object> above = stack.subList(marks.pop(), stack.size());
        List<Object> items = new ArrayList<>(above);
        above.clear();
        return items;
    }

    private Object pop() throws FormatException {
        Object value = top();
        stack.removeLast();
        return value;
    }

    private Object top() throws FormatException {
        Integer mark = marks.peek();
        require(stack.size() > (mark == null ? 0 : mark), "there is nothing on the stack");
        return stack.getLast();
    }

    private Object remembered(int index) throws FormatException {
        Object value = memo.get(index);
        if (value == null) {
            throw error("nothing was remembered under " + Integer.toUnsignedString(index));
        }
        return value;
    }

    // ---- bytes

    private long number(int bytes) throws FormatException {
        ByteBuffer b = take(bytes);
        return bytes == 1
                ? Byte.toUnsignedLong(b.get())
                : bytes == 2 ? Short.toUnsignedLong(b.getShort()) : Integer.toUnsignedLong(b.getInt());
    }

    /** Two's complement of at most 8 bytes. */
    private long longNumber(int bytes) throws FormatException {
        require(bytes <= Long.BYTES, "a whole number of " + bytes + " bytes");
        ByteBuffer b = take(bytes);
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= Byte.toUnsignedLong(b.get(i)) << (8 * i);
        }
        int unused = Long.SIZE - 8 * bytes;
        return bytes == 0 ? 0 : value << unused >> unused;
    }

    private String text(long bytes) throws FormatException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(take(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw error("text that is not UTF-8");
        }
    }

    private String line() throws FormatException {
        int length = 0;
        while (length < in.remaining() && in.get(in.position() + length) != '\n') {
            length++;
        }
        String line = text(length);
        take(1);
        return line;
    }

    private ByteBuffer take(long bytes) throws FormatException {
        if (bytes > in.remaining()) {
            throw error("it ends where " + bytes + " more bytes must stand");
        }
        ByteBuffer taken = in.slice(in.position(), (int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + (int) bytes);
        return taken;
    }

    // ---- complaints

    private void requireProtocol(long protocol) throws FormatException {
        require(protocol <= MAX_PROTOCOL, "protocol " + protocol + " is above " + MAX_PROTOCOL);
    }

    private <T> T as(Class<T> type, @Nullable Object value, String what) throws FormatException {
        if (!type.isInstance(value)) {
            throw error("where " + what + " must be there is something else");
        }
        return type.cast(value);
    }

    private void require(boolean sound, String complaint) throws FormatException {
        if (!sound) {
            throw error(complaint);
        }
    }

    private FormatException error(String what) {
        return new FormatException("pickle at byte " + at + ": " + what);
    }
}
