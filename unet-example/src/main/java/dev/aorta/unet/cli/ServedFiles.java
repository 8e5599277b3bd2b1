package dev.aorta.unet.cli;

import dev.aorta.io.FormatException;
import dev.aorta.unet.monitor.Reference;
import dev.aorta.unet.registry.ModelVersion;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.serve.ModelFiles;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The models that a command line names: files by name and version, and models of a registry with all their versions. */
final class ServedFiles implements ModelFiles {
    private static final String WORD = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}";
    private static final Pattern FILE = Pattern.compile("(?:(?:(" + WORD + ")/)?(" + WORD + ")=)?(.+)");

    private final Path folder;
    private final @Nullable PublicKeyFile signer;
    private final Map<String, Path> files = new HashMap<>();
    private final Set<String> registered = new HashSet<>();
    private final SequencedMap<String, String> first = new LinkedHashMap<>();

    /**
     * Takes {@code [[NAME/]VERSION=]RUN} and {@code models:/NAME@ALIAS}.
     *
     * @param name of models that are named without
     * @param registry of models that are kept
     * @param signer whose signature every model must have, or null
     * @throws IllegalArgumentException if a text is neither, or something is named twice
     */
    ServedFiles(List<String> models, String name, Path registry, @Nullable PublicKeyFile signer) throws IOException {
        this.signer = signer;
        folder = registry;
        for (String model : models) {
            if (Registry.isUri(model)) {
                ModelVersion version = Registry.open(registry).resolve(model);
                if (!registered.add(version.model())) {
                    throw new IllegalArgumentException("--model " + model + ": an administrator's call loads further"
                            + " versions of " + version.model() + "; name one to begin with");
                }
                first(model, version.model(), Integer.toString(version.number()));
            } else {
                Matcher m = FILE.matcher(model);
                if (!m.matches() || model.indexOf('=') >= 0 && m.group(2) == null) {
                    throw new IllegalArgumentException("--model " + model + ": names are of letters, digits, and _ . -"
                            + " within, as in 2=RUN or heart/2=RUN");
                }
                if (signer != null) {
                    throw new IllegalArgumentException("--model " + model
                            + ": --public-key is for models of a registry, as models:/NAME@champion");
                }
                String own = m.group(1) == null ? name : m.group(1);
                String version = m.group(2) == null ? "1" : m.group(2);
                if (files.put(own + "/" + version, RunFolder.modelOf(Path.of(m.group(3)))) != null) {
                    throw new IllegalArgumentException(
                            "--model " + model + ": each needs a version of its own, as in 2=RUN");
                }
                if (!first.containsKey(own) || registered.contains(own)) {
                    first(model, own, version);
                }
            }
        }
    }

    private void first(String option, String name, String version) {
        if (!name.matches(WORD) || first.put(name, version) != null) {
            throw new IllegalArgumentException("--model " + option + ": " + name + " is the name of another model"
                    + " of the command line, or none that stands in an address");
        }
    }

    /** The versions that are loaded first, by name. */
    SequencedMap<String, String> first() {
        return first;
    }

    /**
     * Looks whether there is something to compare served images with.
     *
     * @throws IOException if a version that is loaded first has no reference
     */
    void requireReferences() throws IOException {
        for (Map.Entry<String, String> model : first.entrySet()) {
            Path file = file(model.getKey(), model.getValue());
            if (file != null) {
                Reference.of(file);
            }
        }
    }

    @Override
    public @Nullable Path file(String name, String version) throws IOException {
        if (!registered.contains(name)) {
            return files.get(name + "/" + version);
        }
        if (!version.matches("[1-9]\\d{0,8}")) {
            return null;
        }
        Registry registry = registry();
        int number = Integer.parseInt(version);
        boolean there = registry.versions().stream().anyMatch(v -> v.model().equals(name) && v.number() == number);
        return there ? RunFolder.modelOf(registry.verified(name, number, signer).folder()) : null;
    }

    @Override
    public @Nullable String version(String name, String alias) throws IOException {
        if (!registered.contains(name)) {
            return null;
        }
        return registry().versions().stream()
                .filter(v -> v.model().equals(name) && v.aliases().contains(alias))
                .map(v -> Integer.toString(v.number()))
                .findFirst()
                .orElse(null);
    }

    private Registry registry() throws FormatException {
        return Registry.open(folder);
    }
}
