package dev.aorta.train;

import dev.aorta.io.FolderLock;
import dev.aorta.io.FormatException;
import dev.aorta.io.Safetensors;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of a training, in a folder that is its own while it trains. */
final class CheckpointFolder implements Closeable {
    private static final System.Logger LOG = System.getLogger(CheckpointFolder.class.getName());

    /** How far a training is: epochs, and batches of the next one. */
    record Place(int epochs, int batches) implements Comparable<Place> {
        private static final Pattern NAME = Pattern.compile("epoch-(\\d{1,9})(?:-batch-(\\d{1,9}))?\\.safetensors");

        static @Nullable Place of(Path file) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            return name.matches()
                    ? new Place(
                            Integer.parseInt(name.group(1)),
                            Integer.parseInt(Objects.requireNonNullElse(name.group(2), "0")))
                    : null;
        }

        String fileName() {
            return "epoch-" + epochs + (batches > 0 ? "-batch-" + batches : "") + ".safetensors";
        }

        @Override
        public int compareTo(Place o) {
            return epochs != o.epochs ? Integer.compare(epochs, o.epochs) : Integer.compare(batches, o.batches);
        }
    }

    /** A file that could be read. */
    record Good(Path file, Safetensors content) {}

    private final Checkpoints settings;
    private final FolderLock lock;

    /** Makes the folder where there is none, and locks it. */
    CheckpointFolder(Checkpoints settings) throws IOException {
        this.settings = settings;
        Files.createDirectories(settings.folder());
        lock = FolderLock.take(settings.folder());
    }

    boolean isEmpty() throws IOException {
        return places().isEmpty();
    }

    /**
     * Saves, and deletes the files before this one but for those that are kept.
     *
     * @param best epoch, or 0 for none
     * @return the file
     */
    Path save(Place place, Safetensors content, int best) throws IOException {
        Path file = file(place);
        content.write(file);
        List<Place> before =
                places().stream().filter(p -> p.compareTo(place) <= 0).toList();
        for (Place old : before.subList(0, Math.max(0, before.size() - settings.keep()))) {
            if (!old.equals(new Place(best, 0))) {
                Files.deleteIfExists(file(old));
            }
        }
        return file;
    }

    /**
     * The last file that is sound, with a warning for each that is not; null where there is none at all.
     *
     * @throws FormatException if there are files, and none is sound
     */
    @Nullable
    Good lastGood() throws IOException {
        List<Place> places = places().reversed();
        FormatException damage = null;
        for (Place place : places) {
            try {
                return new Good(file(place), Safetensors.read(file(place)));
            } catch (FormatException e) {
                LOG.log(System.Logger.Level.WARNING, "aorta: {0}; going back to the checkpoint before", e.getMessage());
                damage = e;
            }
        }
        if (damage != null) {
            throw new FormatException(
                    settings.folder() + ": none of the " + places.size() + " checkpoints is sound; delete them to begin"
                            + " anew: " + damage.getMessage(),
                    damage);
        }
        return null;
    }

    private Path file(Place place) {
        return settings.folder().resolve(place.fileName());
    }

    /** The first first. */
    private List<Place> places() throws IOException {
        try (Stream<Path> files = Files.list(settings.folder())) {
            return files.map(Place::of)
                    .filter(Objects::nonNull)
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
