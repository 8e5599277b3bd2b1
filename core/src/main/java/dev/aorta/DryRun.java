package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The device of {@link Scope#dryRun()}: its kernels do nothing, and its buffers have a size and no memory, but for the values that
 * they were given.
 */
final class DryRun {
    static final Device DEVICE = Device.of((Backend)
            Proxy.newProxyInstance(DryRun.class.getClassLoader(), new Class<?>[] {Backend.class}, DryRun::call));

    private static final class Placeholder implements Buffer {
        private final int size;
        private @Nullable Consumer<float[]> given; // writes the values that it was given

        Placeholder(int size) {
            this.size = size;
        }

        @Override
        public int size() {
            return size;
        }
    }

    private DryRun() {}

    /** The given device, or in a dry run this one in its stead. */
    static Device insteadOf(Device device) {
        return Scope.dry() ? DEVICE : device;
    }

    private static @Nullable Object call(Object proxy, Method method, @Nullable Object[] arguments) {
        switch (method.getName()) {
            case "name", "description" -> {
                return "dry run";
            }
            case "allocate" -> {
                Scope.count((Integer) arguments[0]);
                return new Placeholder((Integer) arguments[0]);
            }
            case "release" -> {
                if (arguments[0] instanceof Placeholder p) {
                    Scope.count(-p.size);
                }
            }
            case "upload" -> {
                float[] values = ((float[]) arguments[1]).clone();
                give(arguments[0], to -> System.arraycopy(values, 0, to, 0, to.length));
            }
            case "fill" -> {
                float value = (Float) arguments[1];
                give(arguments[0], to -> Arrays.fill(to, value));
            }
            case "copy" -> give(arguments[0], null);
            case "download" -> read((Placeholder) arguments[1], (float[]) arguments[0]);
            case "readScalar" -> {
                float[] one = new float[1];
                read((Placeholder) arguments[0], one);
                return (double) one[0];
            }
            default -> {
                return method.getReturnType() == boolean.class ? false : null;
            }
        }
        return null;
    }

    /** A buffer of another device keeps the values that it has. */
    private static void give(@Nullable Object buffer, @Nullable Consumer<float[]> values) {
        if (buffer instanceof Placeholder p) {
            p.given = values;
        }
    }

    private static void read(Placeholder buffer, float[] to) {
        if (buffer.given == null) {
            throw new IllegalStateException("[dry run] there are no values to read: inside Scope.dryRun() shapes are"
                    + " checked and nothing is computed");
        }
        buffer.given.accept(to);
    }
}
