package dev.aorta.unet.imaging;

import dev.aorta.unet.imaging.CineStack.Frame;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes measurements as a DICOM structured report by template TID 1500, with one group of TID 1411 that refers to a segmentation.
 *
 * @see <a href="https://dicom.nema.org/medical/dicom/current/output/chtml/part16/chapter_A.html">DICOM PS3.16, TID 1500</a>
 */
public final class DicomReport {
    private static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.22";
    private static final int SERIES_NUMBER = 9002;
    private static final DicomCode DEVIATION = new DicomCode("386136009", "SCT", "Standard Deviation");

    /**
     * A number.
     *
     * @param name what it is
     * @param value written to two decimals
     * @param unit in UCUM
     * @param deviation its standard deviation; NaN where it is not known
     */
    public record Measurement(DicomCode name, double value, DicomCode unit, double deviation) {}

    private DicomReport() {}

    /**
     * A DICOM file.
     *
     * @param stack with {@link CineStack#isPlacedDicom}
     * @param segmentation whose first segment was measured
     */
    public static byte[] file(
            CineStack stack,
            List<Measurement> measurements,
            DicomSegmentation.Uids segmentation,
            Pseudonyms names,
            DicomMaker maker,
            LocalDateTime made) {
        DerivedDicom common = new DerivedDicom(stack, names, maker, made);
        List<DicomItem> evidence = new ArrayList<>(common.sources(0x00081199));
        evidence.add(new DicomItem()
                .text(0x0020000E, "UI", segmentation.series())
                .items(0x00081199, reference(DicomSegmentation.SOP_CLASS, segmentation.instance())));
        DicomItem set = common.start("SR", DerivedDicom.newUid(), SERIES_NUMBER, "Left ventricle, research only")
                .items(0x00081111)
                .items(0x0040A372)
                .items(
                        0x0040A375,
                        new DicomItem().text(0x0020000D, "UI", common.study()).items(0x00081115, evidence))
                .text(0x0040A491, "CS", "COMPLETE")
                .text(0x0040A493, "CS", "UNVERIFIED");
        container(
                set,
                new DicomCode("126000", "DCM", "Imaging Measurement Report"),
                "1500",
                content(common, measurements, segmentation.instance()));
        return set.file(SOP_CLASS, DerivedDicom.newUid());
    }

    private static List<DicomItem> content(DerivedDicom common, List<Measurement> measurements, String segmentation) {
        List<DicomItem> group = new ArrayList<>(List.of(
                text("HAS OBS CONTEXT", new DicomCode("112039", "DCM", "Tracking Identifier"), "Left ventricle"),
                uid(
                        "HAS OBS CONTEXT",
                        new DicomCode("112040", "DCM", "Tracking Unique Identifier"),
                        DerivedDicom.newUid()),
                code(
                        "CONTAINS",
                        new DicomCode("121071", "DCM", "Finding"),
                        new DicomCode("87878005", "SCT", "Left ventricle")),
                image(
                        new DicomCode("121191", "DCM", "Referenced Segment"),
                        reference(DicomSegmentation.SOP_CLASS, segmentation).shorts(0x0062000B, 1))));
        for (Frame frame : CineStack.all(common.stack().frames())) {
            group.add(image(new DicomCode("121233", "DCM", "Source image for segmentation"), common.reference(frame)));
        }
        group.add(code(
                "HAS CONCEPT MOD",
                new DicomCode("370129005", "SCT", "Measurement Method"),
                new DicomCode("SUMDISKS", "99AORTA", "Summation of disks over short-axis slices")));
        group.add(code(
                "HAS CONCEPT MOD",
                new DicomCode("363698007", "SCT", "Finding Site"),
                new DicomCode("87878005", "SCT", "Left ventricle")));
        measurements.forEach(m -> group.add(number(m)));
        DicomItem groups = item("CONTAINS", "CONTAINER");
        container(groups, new DicomCode("125007", "DCM", "Measurement Group"), "1411", group);
        DicomItem all = item("CONTAINS", "CONTAINER");
        container(all, new DicomCode("126010", "DCM", "Imaging Measurements"), "", List.of(groups));
        return List.of(
                code(
                        "HAS CONCEPT MOD",
                        new DicomCode("121049", "DCM", "Language of Content Item and Descendants"),
                        new DicomCode("en", "RFC5646", "English")),
                code(
                        "HAS OBS CONTEXT",
                        new DicomCode("121005", "DCM", "Observer Type"),
                        new DicomCode("121007", "DCM", "Device")),
                uid("HAS OBS CONTEXT", new DicomCode("121012", "DCM", "Device Observer UID"), DicomItem.IMPLEMENTATION),
                text("HAS OBS CONTEXT", new DicomCode("121013", "DCM", "Device Observer Name"), DicomMaker.MODEL),
                text(
                        "HAS OBS CONTEXT",
                        new DicomCode("121015", "DCM", "Device Observer Model Name"),
                        common.maker().method()),
                code(
                        "HAS CONCEPT MOD",
                        new DicomCode("121058", "DCM", "Procedure reported"),
                        new DicomCode("241620005", "SCT", "Magnetic resonance imaging of heart")),
                all);
    }

    private static DicomItem item(String relationship, String type) {
        return new DicomItem().text(0x0040A010, "CS", relationship).text(0x0040A040, "CS", type);
    }

    private static void container(DicomItem item, DicomCode concept, String template, List<DicomItem> content) {
        item.text(0x0040A040, "CS", "CONTAINER")
                .code(0x0040A043, concept)
                .text(0x0040A050, "CS", "SEPARATE")
                .items(0x0040A730, content);
        if (!template.isEmpty()) {
            item.items(
                    0x0040A504, new DicomItem().text(0x00080105, "CS", "DCMR").text(0x0040DB00, "CS", template));
        }
    }

    private static DicomItem text(String relationship, DicomCode concept, String text) {
        return item(relationship, "TEXT").code(0x0040A043, concept).text(0x0040A160, "UT", text);
    }

    private static DicomItem uid(String relationship, DicomCode concept, String uid) {
        return item(relationship, "UIDREF").code(0x0040A043, concept).text(0x0040A124, "UI", uid);
    }

    private static DicomItem code(String relationship, DicomCode concept, DicomCode value) {
        return item(relationship, "CODE").code(0x0040A043, concept).code(0x0040A168, value);
    }

    private static DicomItem image(DicomCode concept, DicomItem reference) {
        return item("CONTAINS", "IMAGE").code(0x0040A043, concept).items(0x00081199, reference);
    }

    private static DicomItem reference(String sopClass, String instance) {
        return new DicomItem().text(0x00081150, "UI", sopClass).text(0x00081155, "UI", instance);
    }

    private static DicomItem number(Measurement m) {
        DicomItem number = number("CONTAINS", m.name(), m.value(), m.unit());
        return Double.isNaN(m.deviation())
                ? number
                : number.items(0x0040A730, number("HAS PROPERTIES", DEVIATION, m.deviation(), m.unit()));
    }

    private static DicomItem number(String relationship, DicomCode name, double value, DicomCode unit) {
        return item(relationship, "NUM")
                .code(0x0040A043, name)
                .items(
                        0x0040A300,
                        new DicomItem()
                                .decimals(0x0040A30A, Math.round(value * 100) / 100.0)
                                .code(0x004008EA, unit));
    }
}
