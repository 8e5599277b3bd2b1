package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** The {@link CineStack} of a NIfTI file of three or four axes. */
final class CineNifti {
    private CineNifti() {}

    static CineStack read(Path file) throws IOException {
        if (FileKind.of(file) != FileKind.NIFTI) {
            throw new FormatException(
                    file + ": a folder of DICOM files, an enhanced DICOM file or a NIfTI file is wanted");
        }
        Nifti volume = Nifti.read(file);
        double[] spacing = new double[3];
        for (int axis = 0; axis < 3; axis++) {
            OptionalDouble found = volume.spacing(axis);
            if (found.isEmpty()) {
                throw new FormatException("%s: it does not say how far voxels are apart along axis %d; volumes need it"
                        .formatted(file, axis + 1));
            }
            spacing[axis] = found.getAsDouble();
        }
        double[] places = new double[volume.slices()];
        for (int slice = 0; slice < places.length; slice++) {
            places[slice] = slice * spacing[2];
        }
        return new CineStack(
                file.toString(),
                InputSlice.stem(file),
                volume.rows(),
                volume.columns(),
                spacing[1],
                spacing[0],
                places,
                spacing[2],
                volume.times(),
                new double[0],
                volume.direction(0),
                volume.direction(1),
                List.of(),
                List.of(),
                volume::slice);
    }
}
