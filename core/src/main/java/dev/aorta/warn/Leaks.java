package dev.aorta.warn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What was opened and not closed, and where it was opened, if property {@code aorta.leaks} is {@code true}; the end of the process
 * then logs it. Without the property nothing is watched.
 */
public final class Leaks {
    private static final int FRAMES = 12;
    private static final String WANTED = System.getProperty("aorta.leaks", "false");
    private static final boolean WATCHED = WANTED.equals("true");
    private static final Map<Object, String> OPEN = Collections.synchronizedMap(new IdentityHashMap<>());

    static {
        if (WATCHED) {
            Runtime.getRuntime().addShutdownHook(new Thread(Leaks::log, "aorta-leaks"));
        }
    }

    private Leaks() {}

    /**
     * Refuses a property that means nothing.
     *
     * @throws IllegalArgumentException when {@code aorta.leaks} is neither true nor false
     */
    public static void requireKnown() {
        if (!WATCHED && !WANTED.equals("false")) {
            throw new IllegalArgumentException("aorta.leaks must be true or false and is '" + WANTED + "'");
        }
    }

    /**
     * Watches something that must be closed.
     *
     * @param resource held until it is closed; its {@code toString} says what it is and what it holds
     */
    public static void opened(Object resource) {
        if (WATCHED) {
            OPEN.put(
                    resource,
                    StackWalker.getInstance()
                            .walk(frames -> frames.skip(1)
                                    .limit(FRAMES)
                                    .map(f -> "    at " + f)
                                    .collect(Collectors.joining(System.lineSeparator()))));
        }
    }

    /**
     * Ends the watch.
     *
     * @param resource the same object as was opened; one that is not watched changes nothing
     */
    public static void closed(Object resource) {
        if (WATCHED) {
            OPEN.remove(resource);
        }
    }

    /**
     * {@return all that is open now, a text each: what it is, and on further lines where it was opened; empty where nothing
     * is watched}
     */
    public static List<String> open() {
        List<String> open = new ArrayList<>();
        synchronized (OPEN) {
            OPEN.forEach((resource, place) ->
                    open.add(resource + " was never closed; it was opened" + System.lineSeparator() + place));
        }
        return open;
    }

    /** Drops what is open now, for tests. */
    static void forget() {
        OPEN.clear();
    }

    private static void log() {
        System.Logger log = System.getLogger("dev.aorta");
        open().forEach(leak -> log.log(System.Logger.Level.WARNING, "aorta: {0}", leak));
    }
}
