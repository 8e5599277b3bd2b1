package dev.aorta.unet.registry;

import dev.aorta.io.FormatException;
import dev.aorta.unet.signing.FileManifest;
import dev.aorta.unet.signing.ModelSignature;
import dev.aorta.unet.signing.PublicKeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a registry is as it was left. */
final class Inspection {
    private Inspection() {}

    /** As {@link Registry#findings}. */
    static List<String> findings(Path folder, AuditLog log, @Nullable PublicKeyFile key) throws IOException {
        Replay replay = new Replay(folder);
        List<String> findings = new ArrayList<>(log.read(key, replay).all());
        List<String> known = new ArrayList<>(List.of(AuditLog.FILE, AuditLog.HEAD, ".lock", Registry.TRACKING));
        for (ModelVersion v : replay.versions()) {
            known.add("models/" + v);
            findings.addAll(findings(v, key));
        }
        for (String foreign : FileManifest.of(folder, known).digests().keySet()) {
            findings.add(folder.resolve(foreign) + ": it is foreign, the log does not know it"
                    + (foreign.contains("/" + Making.PREFIX)
                            ? "; a command that was stopped has left it, and the next one moves or deletes it"
                            : ""));
        }
        return findings;
    }

    /** The same of the files of one version. */
    static List<String> findings(ModelVersion v, @Nullable PublicKeyFile key) throws IOException {
        if (!Files.isDirectory(v.folder())) {
            return List.of(v.folder() + ": version " + v + " is missing");
        }
        FileManifest now = FileManifest.of(v.folder(), List.of());
        List<String> findings = new ArrayList<>();
        v.files().differences(now).forEach(d -> findings.add(v.folder() + "/" + d));
        if (key != null) {
            try {
                ModelSignature.verify(v.folder(), now, key).forEach(d -> findings.add(v.folder() + "/" + d));
            } catch (FormatException e) {
                findings.add(String.valueOf(e.getMessage()));
            }
        }
        return findings;
    }
}
