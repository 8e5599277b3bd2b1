package dev.aorta.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where CUDA's shared libraries are looked for.
 *
 * <p>When the system property {@code aorta.cuda.path} is set, its folders and no others. Else, in this order: {@code CUDA_PATH}
 * and {@code CUDA_HOME}, {@code LD_LIBRARY_PATH}, the NVIDIA packages of the active Python environment, {@code
 * /usr/local/cuda*}, the newest first, the folders of the system's loader, and the NVIDIA packages of other Pythons.
 */
record LibrarySearch(List<Path> folders) {

    /** The search of this machine. */
    static LibrarySearch ofSystem() {
        return of(Path.of("/"), System::getProperty, System::getenv);
    }

    /**
     * The search of a machine.
     *
     * @param root of its file system
     * @param property its system properties
     * @param environment its environment variables
     */
    static LibrarySearch of(
            Path root, UnaryOperator<@Nullable String> property, UnaryOperator<@Nullable String> environment) {
        var folders = new LinkedHashSet<Path>();
        String only = property.apply("aorta.cuda.path");
        if (only != null) {
            addPathList(folders, only);
            return new LibrarySearch(List.copyOf(folders));
        }
        for (String variable : List.of("CUDA_PATH", "CUDA_HOME")) {
            String home = environment.apply(variable);
            if (home != null && !home.isBlank()) {
                folders.add(Path.of(home, "lib64"));
                folders.add(Path.of(home, "lib"));
            }
        }
        String loaderPath = environment.apply("LD_LIBRARY_PATH");
        if (loaderPath != null) {
            addPathList(folders, loaderPath);
        }
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            String prefix = environment.apply(variable);
            if (prefix != null && !prefix.isBlank()) {
                addPythonPackages(folders, Path.of(prefix));
            }
        }
        for (Path toolkit : matching(root.resolve("usr/local"), "cuda*")) {
            folders.add(toolkit.resolve("lib64"));
        }
        for (String folder : List.of(
                "usr/lib/x86_64-linux-gnu",
                "lib/x86_64-linux-gnu",
                "usr/lib64",
                "usr/lib",
                "usr/local/nvidia/lib64",
                "usr/lib/wsl/lib",
                "opt/cuda/lib64")) {
            folders.add(root.resolve(folder));
        }
        folders.addAll(loaderConfiguration(root));
        String home = property.apply("user.home");
        if (home != null) {
            addPythonPackages(folders, Path.of(home, ".local"));
        }
        for (String prefix : List.of("usr/local", "usr", "opt/conda", "opt/venv")) {
            addPythonPackages(folders, root.resolve(prefix));
        }
        return new LibrarySearch(folders.stream().filter(Files::isDirectory).toList());
    }

    /** The first of the named files in the folders, trying every folder for the first name before the second name. */
    @Nullable
    Path find(List<String> names) {
        for (String name : names) {
            for (Path folder : folders) {
                Path file = folder.resolve(name);
                if (Files.exists(file)) {
                    return file;
                }
            }
        }
        return null;
    }

    /** The folders for an error message, or what to set when there are none. */
    @Override
    public String toString() {
        return folders.isEmpty()
                ? "no folder (set the system property aorta.cuda.path)"
                : folders.stream().map(Path::toString).collect(Collectors.joining(", "));
    }

    private static void addPathList(LinkedHashSet<Path> folders, String list) {
        for (String folder : list.split(File.pathSeparator, -1)) {
            if (!folder.isBlank()) {
                folders.add(Path.of(folder));
            }
        }
    }

    private static void addPythonPackages(LinkedHashSet<Path> folders, Path prefix) {
        for (Path python : matching(prefix.resolve("lib"), "python3*")) {
            for (Path packages : matching(python, "{site,dist}-packages")) {
                for (Path part : matching(packages.resolve("nvidia"), "*")) {
                    folders.add(part.resolve("lib"));
                }
            }
        }
    }

    /** Folders named in /etc/ld.so.conf.d. */
    private static List<Path> loaderConfiguration(Path root) {
        var folders = new ArrayList<Path>();
        for (Path file : matching(root.resolve("etc/ld.so.conf.d"), "*.conf")) {
            try {
                for (String line : Files.readAllLines(file)) {
                    if (line.startsWith("/")) {
                        folders.add(root.resolve(line.strip().substring(1)));
                    }
                }
            } catch (IOException unreadable) {
                continue; // the loader's file is only a hint
            }
        }
        return folders;
    }

    /** The entries of a folder that match, the last in name order first; none when there is no such folder. */
    private static List<Path> matching(Path folder, String glob) {
        var found = new ArrayList<Path>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
                entries.forEach(found::add);
            } catch (IOException unreadable) {
                return List.of(); // a folder that cannot be read holds nothing for us
            }
        }
        found.sort(Comparator.reverseOrder());
        return found;
    }
}
