package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** The device of {@link Scope#dryRun()}: its buffers have a size and no memory, its kernels do nothing. */
final class DryRun {
    static final Device DEVICE = Device.of((Backend)
            Proxy.newProxyInstance(DryRun.class.getClassLoader(), new Class<?>[] {Backend.class}, DryRun::call));

    private record Placeholder(int size) implements Buffer {}

    private DryRun() {}

    /** The given device, or in a dry run this one in its stead. */
    static Device insteadOf(Device device) {
        return Scope.dry() ? DEVICE : device;
    }

    private static @Nullable Object call(Object proxy, Method method, @Nullable Object[] arguments) {
        return switch (method.getName()) {
            case "name", "description" -> "dry run";
            case "allocate" -> new Placeholder((Integer) arguments[0]);
            case "download", "readScalar" ->
                throw new IllegalStateException(
                        "[dry run] there are no values to read: inside Scope.dryRun() shapes are"
                                + " checked and nothing is computed");
            default -> method.getReturnType() == boolean.class ? false : null;
        };
    }
}
