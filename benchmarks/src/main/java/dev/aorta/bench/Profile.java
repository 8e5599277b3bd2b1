package dev.aorta.bench;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.ConvStage;
import dev.aorta.backend.Unary;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** A backend that measures how long each operation of another one takes, by name and sizes. */
final class Profile {
    private final Map<String, Line> lines = new LinkedHashMap<>();
    private final Map<String, Line> thisRun = new LinkedHashMap<>();
    private final Backend backend;

    /**
     * The time that one operation took in a run, a training step or an inference.
     *
     * @param operation with its sizes
     * @param runs that were measured
     * @param calls in all runs
     * @param nanos in all runs
     * @param best nanoseconds of the fastest run
     * @param flop in all runs, counted as direct convolution; 0 for what is not a convolution
     */
    record Line(String operation, int runs, int calls, long nanos, long best, double flop) {
        private Line and(Line other) {
            return new Line(
                    operation, 1, calls + other.calls, nanos + other.nanos, best + other.best, flop + other.flop);
        }

        private Line then(Line other) {
            return new Line(
                    operation,
                    runs + other.runs,
                    calls + other.calls,
                    nanos + other.nanos,
                    Math.min(best, other.best),
                    flop + other.flop);
        }
    }

    Profile(Backend measured) {
        backend = (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, args) -> call(measured, method, args == null ? new Object[0] : args));
    }

    Backend backend() {
        return backend;
    }

    void clear() {
        lines.clear();
        thisRun.clear();
    }

    /** Ends a run. */
    void endRun() {
        thisRun.forEach((operation, line) -> lines.merge(operation, line, Line::then));
        thisRun.clear();
    }

    /** What took longest first. */
    List<Line> lines() {
        return lines.values().stream()
                .sorted(Comparator.comparingLong(Line::nanos).reversed())
                .toList();
    }

    /** How many products of the size of a convolution a call holds. */
    private static int products(Method method, Object[] args) {
        return !method.getName().equals("conv2dGrad") ? 1 : (args[0] == null ? 0 : 1) + (args[1] == null ? 0 : 1);
    }

    private static String sizes(ConvShape s) {
        return "%dx%dx%dx%d %dx%d/%d to %d"
                        .formatted(s.batch(), s.inH(), s.inW(), s.inC(), s.kH(), s.kW(), s.strideH(), s.outC())
                + (s.groups() > 1 ? " in " + s.groups() + " groups" : "");
    }

    private static String sizes(ConvStage c) {
        return sizes(c.shape())
                + (c.scale() == null ? "" : " scaled")
                + (c.added() == null ? "" : " + added")
                + (c.then() == null ? "" : " " + c.then().kind());
    }

    private Object call(Backend measured, Method method, Object[] args) throws Throwable {
        long start = System.nanoTime();
        Object result;
        try {
            result = method.invoke(measured, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        long nanos = System.nanoTime() - start;
        StringJoiner sizes = new StringJoiner(" ");
        double flop = 0;
        for (Object arg : args) {
            if (arg instanceof ConvShape s) {
                sizes.add(sizes(s));
                flop = 2.0 * s.multiplyAdds() * products(method, args);
            } else if (arg instanceof ConvStage c) {
                sizes.add(sizes(c));
                flop = 2.0 * c.shape().multiplyAdds();
            } else if (arg instanceof List<?> chain) {
                for (Object link : chain) {
                    ConvStage c = (ConvStage) link;
                    sizes.add(sizes(c));
                    flop += 2.0 * c.shape().multiplyAdds();
                }
            } else if (arg instanceof Unary f) {
                sizes.add(f.kind().toString());
            } else if (arg instanceof Buffer b && sizes.length() == 0) {
                sizes.add("[" + b.size() + "]");
            }
        }
        String operation = method.getName() + " " + sizes;
        thisRun.merge(operation, new Line(operation, 1, 1, nanos, nanos, flop), Line::and);
        return result;
    }
}
