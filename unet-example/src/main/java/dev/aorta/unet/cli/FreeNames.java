package dev.aorta.unet.cli;

import java.util.HashSet;
import java.util.Set;

/** Names for files in one folder, no two of which are the same. */
final class FreeNames {
    private final Set<String> taken = new HashSet<>();

    /** {@code name}, or with a number where it is taken. */
    String take(String name) {
        String free = name;
        for (int i = 2; !taken.add(free); i++) {
            free = name + "-" + i;
        }
        return free;
    }
}
