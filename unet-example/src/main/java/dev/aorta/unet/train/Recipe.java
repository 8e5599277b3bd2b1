package dev.aorta.unet.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/** Named sets of options of a training. */
public enum Recipe {
    /** For patients that the network has never seen, trained on some hundred slices of a dozen or more. */
    PATIENTS(
            "--norm=batch --batch=4 --epochs=40 --lr=0.001 --schedule=cosine --loss=ce+dice --augment=upright --patch=96 --centre=128"
                    + " --average=0.995 --keep=last --largest");

    private static final String OPTION = "--recipe";

    private final SequencedMap<String, String> options = new LinkedHashMap<>();

    Recipe(String text) {
        for (String option : text.split(" ", -1)) {
            options.put(option.split("=", -1)[0], option);
        }
    }

    /** The options, each as a word of a command line. */
    public List<String> options() {
        return List.copyOf(options.values());
    }

    /**
     * A command line with the options of the recipe that it names, behind its own words, which they do not replace.
     *
     * @return {@code args} where they name none, or none that there is
     */
    public static List<String> expand(List<String> args) {
        List<String> all = new ArrayList<>(args);
        for (int i = 0; i < args.size(); i++) {
            String word = args.get(i);
            String name = word.startsWith(OPTION + "=")
                    ? word.substring(OPTION.length() + 1)
                    : word.equals(OPTION) && i + 1 < args.size() ? args.get(i + 1) : "";
            for (Recipe recipe : values()) {
                if (recipe.name().equals(name.toUpperCase(Locale.ROOT))) {
                    for (Map.Entry<String, String> option : recipe.options.entrySet()) {
                        if (args.stream()
                                .noneMatch(a -> a.equals(option.getKey()) || a.startsWith(option.getKey() + "="))) {
                            all.add(option.getValue());
                        }
                    }
                }
            }
        }
        return all;
    }
}
