package dev.aorta.nn;

import dev.aorta.Device;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A device that counts the elements of its buffers. */
final class Allocated {
    private Allocated() {}

    /** The device of a backend; {@code elements} receives how many there are now, and the most there were. */
    static Device on(Backend backend, long[] elements) {
        return Device.of((Backend) Proxy.newProxyInstance(
                Allocated.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("allocate")) {
                        elements[0] += (Integer) arguments[0];
                        elements[1] = Math.max(elements[1], elements[0]);
                    } else if (method.getName().equals("release")) {
                        elements[0] -= ((Buffer) arguments[0]).size();
                    }
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
