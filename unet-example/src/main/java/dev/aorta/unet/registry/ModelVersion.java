package dev.aorta.unet.registry;

import dev.aorta.unet.signing.FileManifest;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A version of a model that is kept.
 *
 * @param model its name
 * @param number of the version, counted from 1
 * @param folder with its files: a run folder, with model card, bill of materials and, where it is signed, the signature
 * @param time when it was registered
 * @param who registered it
 * @param aliases that stand for it now
 * @param tags by name
 * @param files that it was registered with, and attestations that came later
 * @param lineage what it was made from, by name
 */
public record ModelVersion(
        String model,
        int number,
        Path folder,
        String time,
        String who,
        Set<String> aliases,
        Map<String, String> tags,
        FileManifest files,
        Map<String, String> lineage) {
    /** Such as {@code lv/3}. */
    @Override
    public String toString() {
        return model + "/" + number;
    }
}
