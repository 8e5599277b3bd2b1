package dev.aorta.unet.imaging;

import dev.aorta.unet.imaging.CineStack.Frame;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * What DICOM objects that are made of a stack have in common: whose they are, what made them and when, and what they refer to. They
 * name the patient and the source's identifiers as {@code names} has it.
 *
 * @param stack with {@link CineStack#isPlacedDicom}
 * @param names of patient and identifiers
 * @param maker what made them, such as the model
 * @param made when
 */
record DerivedDicom(CineStack stack, Pseudonyms names, DicomMaker maker, LocalDateTime made) {
    /** A new identifier. */
    static String newUid() {
        UUID uuid = UUID.randomUUID();
        ByteBuffer bytes =
                ByteBuffer.allocate(16).putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
        return "2.25." + new BigInteger(1, bytes.array());
    }

    String uid(String source) {
        return names.uid(source);
    }

    private DicomHeader first() {
        return stack.frames().getFirst().getFirst().header();
    }

    /** Modules Patient, General Study, General Series, and Enhanced General Equipment. */
    DicomItem start(String modality, String series, int seriesNumber, String description) {
        String patient = names.of(stack.patient());
        String date = made.format(DateTimeFormatter.BASIC_ISO_DATE);
        String time = made.format(DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT));
        return new DicomItem()
                .text(0x00080020, "DA", "")
                .text(0x00080023, "DA", date)
                .text(0x00080030, "TM", "")
                .text(0x00080033, "TM", time)
                .text(0x00080050, "SH", "")
                .text(0x00080060, "CS", modality)
                .text(0x00080070, "LO", DicomMaker.MANUFACTURER)
                .text(0x00080090, "PN", "")
                .text(0x0008103E, "LO", description)
                .text(0x00081090, "LO", DicomMaker.MODEL)
                .text(0x00100010, "PN", patient + "^")
                .text(0x00100020, "LO", patient)
                .text(0x00100030, "DA", "")
                .text(0x00100040, "CS", "")
                .text(0x00120062, "CS", names.keepsNames() ? "NO" : "YES")
                .text(0x00120063, "LO", names.keepsNames() ? "Names and UIDs kept" : "Names and UIDs replaced by HMAC")
                .text(0x00181000, "LO", "none")
                .text(0x00181020, "LO", maker.version())
                .text(0x0020000D, "UI", study())
                .text(0x0020000E, "UI", series)
                .text(0x00200010, "SH", "")
                .text(0x00200011, "IS", Integer.toString(seriesNumber))
                .text(0x00200013, "IS", "1");
    }

    String study() {
        return uid(first().reference().study());
    }

    String frameOfReference() {
        return uid(first().reference().frameOfReference());
    }

    /** An item that names one source picture. */
    DicomItem reference(Frame frame) {
        DicomHeader.Reference r = frame.header().reference();
        DicomItem item =
                new DicomItem().text(0x00081150, "UI", r.sopClass()).text(0x00081155, "UI", uid(r.sopInstance()));
        return frame.header().frames() > 1 ? item.text(0x00081160, "IS", Integer.toString(frame.index() + 1)) : item;
    }

    /** Items that name each source series with its files, the latter in the sequence {@code files}. */
    List<DicomItem> sources(int files) {
        Map<String, Map<String, DicomItem>> bySeries = new LinkedHashMap<>();
        for (Frame frame : CineStack.all(stack.frames())) {
            DicomHeader h = frame.header();
            bySeries.computeIfAbsent(h.seriesUid(), s -> new LinkedHashMap<>())
                    .computeIfAbsent(h.reference().sopInstance(), s -> reference(new Frame(h, 0)));
        }
        List<DicomItem> items = new ArrayList<>();
        bySeries.forEach((series, instances) -> items.add(
                new DicomItem().text(0x0020000E, "UI", uid(series)).items(files, List.copyOf(instances.values()))));
        return items;
    }
}
