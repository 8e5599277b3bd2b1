package dev.aorta.unet.cli;

import dev.aorta.io.AtomicFile;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.clinical.VolumeResult;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.DicomMaker;
import dev.aorta.unet.imaging.DicomReport;
import dev.aorta.unet.imaging.DicomSegmentation;
import dev.aorta.unet.imaging.Nifti;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.report.VolumeReport;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The files that {@code unet volumes} writes: volumes.csv, and those of each series, which begin with the patient's name or pseudonym. */
final class VolumesOutput {
    static final String TABLE = "volumes.csv";

    private final Path folder;
    private final Pseudonyms names;
    private final DicomMaker maker;
    private final LocalDateTime made = LocalDateTime.now(ZoneId.systemDefault());
    private final List<String> table = new ArrayList<>(List.of(VolumeResult.HEAD));
    private final Set<String> taken = new HashSet<>();

    VolumesOutput(Path folder, Pseudonyms names, String origin, boolean automatic) {
        this.folder = folder;
        this.names = names;
        maker = new DicomMaker(Main.VERSION, origin, automatic);
    }

    /** A model by its SHA-256, by which it is known again. */
    static String model(Path model) throws IOException {
        return "network of SHA-256 " + Sha256.of(RunFolder.modelOf(model));
    }

    void write(Path source, VolumeResult result) throws IOException {
        String name = free(result.patient().replaceAll("[^\\p{Alnum}._-]", "_"));
        Tracing tracing = result.ventricle().tracing();
        CineStack stack = tracing.stack();
        table.add(result.row());
        write(name + ".areas.csv", result.areas().getBytes(StandardCharsets.UTF_8));
        writeMask(source, name + ".mask.nii.gz", tracing);
        boolean placed = stack.isPlacedDicom();
        if (placed) {
            DicomSegmentation.Uids uids = DicomSegmentation.Uids.next();
            write(name + ".seg.dcm", tracing.dicom(names, maker, made, uids));
            write(name + ".sr.dcm", DicomReport.file(stack, result.measurements(), uids, names, maker, made));
        }
        String page = VolumeReport.page(result, names, maker.method(), placed);
        write(name + ".html", page.getBytes(StandardCharsets.UTF_8));
    }

    void writeTable() throws IOException {
        write(TABLE, (String.join("\n", table) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void writeMask(Path source, String name, Tracing tracing) throws IOException {
        CineStack stack = tracing.stack();
        byte[] classes = new byte[stack.phases() * stack.slices() * stack.rows() * stack.columns()];
        int to = 0;
        for (int phase = 0; phase < stack.phases(); phase++) {
            for (int slice = 0; slice < stack.slices(); slice++) {
                byte[] mask = tracing.masks()[slice][phase];
                if (mask != null) {
                    System.arraycopy(mask, 0, classes, to, mask.length);
                }
                to += stack.rows() * stack.columns();
            }
        }
        Path file = create(name);
        if (stack.frames().isEmpty()) {
            Nifti.read(source).writeMask(file, classes);
        } else {
            Nifti.writeMask(file, stack, classes);
        }
    }

    private void write(String name, byte[] content) throws IOException {
        AtomicFile.write(create(name), out -> out.write(content));
    }

    /** The file, which only its owner may read where it names the patient. */
    private Path create(String name) throws IOException {
        Path file = folder.resolve(name);
        if (names.keepsNames()) {
            Pseudonyms.createForOwner(file);
        }
        return file;
    }

    private String free(String name) {
        String free = name;
        for (int i = 2; !taken.add(free); i++) {
            free = name + "-" + i;
        }
        return Objects.requireNonNull(free);
    }
}
