package dev.aorta;

import dev.aorta.backend.Backend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/** A backend that is full at a chosen moment. */
final class FailingBackend {
    private FailingBackend() {}

    /** The device of another backend, of whose allocations one fails: that of this number, counted from 0. */
    static Device at(Backend backend, int allocation) {
        int[] left = {allocation};
        return watched(backend, kernel -> {
            if (kernel.equals("allocate") && left[0]-- == 0) {
                throw new IllegalStateException("full");
            }
        });
    }

    /** The device of another backend; the watcher is told the name of each method before it is called. */
    static Device watched(Backend backend, Consumer<String> watcher) {
        return Device.of((Backend) Proxy.newProxyInstance(
                FailingBackend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    watcher.accept(method.getName());
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
