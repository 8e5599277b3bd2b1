package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.data.Example;
import dev.aorta.data.Npy;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordWriter;
import dev.aorta.data.Values;
import dev.aorta.io.Safetensors;
import dev.aorta.io.wire.ProtobufWriter;
import dev.aorta.io.wire.RecordFrame;
import dev.aorta.onnx.OnnxExport;
import dev.aorta.unet.certify.RequirementsFile;
import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.NiftiTest;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.model.Norm;
import dev.aorta.unet.model.Views;
import dev.aorta.unet.train.PatientFolds;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;

/** Trials that CI does not run: mutated files, and small files that want to be large. See the script {@code break-it}. */
final class BreakFiles {
    private static final double MOST_SECONDS = 5;
    private static final long MOST_MEBIBYTES = 512;

    private BreakFiles() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("aorta-break-");
        boolean held;
        try {
            held = switch (arguments[0]) {
                case "mutations" -> mutations(folder, number(arguments, 1, 10_000), number(arguments, 2, 1));
                case "bombs" -> bombs(folder);
                case "peak" -> peak(arguments);
                default -> throw new IllegalArgumentException("mutations [COUNT [SEED]], or bombs");
            };
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        System.exit(held ? 0 : 1);
    }

    private static int number(String[] arguments, int index, int otherwise) {
        return index < arguments.length ? Integer.parseInt(arguments[index]) : otherwise;
    }

    /** Reads mutated files of every kind; each must be accepted or refused in one line, soon, in this process's heap. */
    private static boolean mutations(Path folder, int count, int seed) throws IOException {
        Map<String, byte[]> sound = sound(folder);
        System.out.printf(
                "%d files, seed %d, heap %d MiB%n",
                count, seed, Runtime.getRuntime().maxMemory() >> 20);
        System.out.printf("%-18s %8s %8s %8s %8s %10s%n", "kind", "files", "accepted", "refused", "other", "longest s");
        Random random = new Random(seed);
        boolean held = true;
        int each = Math.ceilDiv(count, sound.size());
        for (var kind : sound.entrySet()) {
            int accepted = 0;
            int refused = 0;
            int other = 0;
            double longest = 0;
            for (int i = -1; i < each; i++) { // first as it is
                Path file = Files.write(
                        folder.resolve(kind.getKey()), i < 0 ? kind.getValue() : mutated(kind.getValue(), random));
                long start = System.nanoTime();
                StringWriter out = new StringWriter();
                StringWriter err = new StringWriter();
                int code;
                try {
                    code = read(kind.getKey(), file, new PrintWriter(out), new PrintWriter(err));
                } catch (RuntimeException | Error e) {
                    code = -1;
                    err.append(e.toString());
                }
                longest = Math.max(longest, (System.nanoTime() - start) / 1e9);
                String said = err.toString();
                if (i < 0) {
                    if (code != 0) {
                        throw new IllegalStateException(kind.getKey() + " is not sound to begin with: " + said + out);
                    }
                    continue;
                }
                boolean named = code == 1
                        && (said.isEmpty()
                                || said.startsWith("unet: ")
                                        && said.contains(kind.getKey())
                                        && said.lines().count() == 1);
                accepted += code == 0 ? 1 : 0;
                refused += named ? 1 : 0;
                if (code != 0 && !named) {
                    other++;
                    System.out.printf("%s, file %d: exit code %d: %s%n", kind.getKey(), i, code, said);
                }
            }
            System.out.printf("%-18s %8d %8d %8d %8d %10.2f%n", kind.getKey(), each, accepted, refused, other, longest);
            held &= other == 0 && longest <= MOST_SECONDS;
        }
        return held;
    }

    /** What reads a file of a kind: {@code inspect}, or for the texts beside images what takes them. */
    private static int read(String kind, Path file, PrintWriter out, PrintWriter err) throws IOException {
        Reader reader = switch (kind) {
            case "contour.txt" -> Contour::read;
            case "patients.csv" -> SliceFiles::readPatients;
            case "requirements.yaml" -> RequirementsFile::read;
            case SliceFolder.MANIFEST -> f -> PatientFolds.deal(f.resolveSibling(""), 2, 1);
            default -> null;
        };
        if (reader == null) {
            return Main.run(out, err, "inspect", file.toString());
        }
        try {
            reader.read(file);
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            Main.report(e, err);
            return 1;
        }
    }

    /** Reads a file or says why not. */
    private interface Reader {
        void read(Path file) throws IOException;
    }

    private static byte[] mutated(byte[] sound, Random random) {
        byte[] mutated = sound.clone();
        switch (random.nextInt(4)) {
            case 0 -> {
                byte[] cut = new byte[random.nextInt(sound.length)];
                System.arraycopy(sound, 0, cut, 0, cut.length);
                return cut;
            }
            case 1 -> mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
            default -> {
                for (int i = 1 + random.nextInt(8); i > 0; i--) {
                    mutated[random.nextInt(mutated.length)] =
                            (byte) (random.nextBoolean() ? 0xFF : random.nextInt(256));
                }
            }
        }
        return mutated;
    }

    /** A sound file of every kind, by its name. */
    private static Map<String, byte[]> sound(Path folder) throws IOException {
        Map<String, byte[]> sound = new LinkedHashMap<>();
        Path file = folder.resolve("sound");
        for (TfRecordCompression compression : TfRecordCompression.values()) {
            TfRecordWriter.write(file, compression, writer -> {
                writer.write(SliceSchema.B.encode(SliceFiles.disk(16, 1)));
                writer.write(Example.builder()
                        .bytes("image/encoded", Png.grey8(2, 2, new int[] {1, 2, 3, 4}))
                        .build());
            });
            sound.put("tfrecord-" + compression, Files.readAllBytes(file));
        }
        sound.putAll(SliceFiles.dicoms());
        Path compressed = Path.of("extensions/dicom-codecs/src/test/resources/dev/aorta/dicom/codecs");
        for (String syntax : List.of("57", "70", "80", "90")) {
            Path dicom = compressed.resolve("unsigned-" + syntax + ".dcm");
            if (Files.exists(dicom)) {
                sound.put("dicom-jpeg-" + syntax, Files.readAllBytes(dicom));
            }
        }
        sound.put("png8", Png.grey8(16, 16, new int[256]));
        sound.put("png16", Png.grey16(8, 8, new int[64]));
        sound.put("png-colour", Png.colour(8, 8, new int[64]));
        byte[] nifti = NiftiTest.volume(8, 8, 2, 2);
        sound.put("nifti", nifti);
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write(nifti);
        }
        sound.put("nifti-gz", zipped.toByteArray());
        Npy.write(file, new Values(new float[64], Shape.of(8, 8)));
        sound.put("npy", Files.readAllBytes(file));
        var tensors = new LinkedHashMap<String, Safetensors.Entry>();
        tensors.put("a", Safetensors.Entry.of(new float[24], 2, 3, 4));
        tensors.put("b", Safetensors.Entry.of(new float[2], 2));
        new Safetensors(Map.of("k", "v"), tensors).write(file);
        sound.put("safetensors", Files.readAllBytes(file));
        ModelConfig config =
                new ModelConfig(ModelConfig.Kind.UNET, 2, 1, Norm.NONE, 2, 8, 8, InputScaling.LAB, 0, Views.ONE, false);
        Path onnx = folder.resolve("sound.onnx");
        OnnxExport.save(config.build(Device.cpu(), 1), onnx, OnnxExport.Options.DEFAULT, Shape.of(1, 8, 8, 1));
        sound.put("model.onnx", Files.readAllBytes(onnx));
        text(sound, "contour.txt", "10.5 20.25\n30 21e0\n25.75 40\n11 38\n");
        text(
                sound,
                "patients.csv",
                "PatientID,Gender,Age,PathologyID,Pathology,OriginalID\nSCD1,Male,50,1,HF,SC-HF-I-1\n");
        text(sound, "requirements.yaml", RequirementsFile.SOUND);
        text(
                sound,
                SliceFolder.MANIFEST,
                "{\"source\": \"x\", \"train\": {\"patients\": [\"P-1\", \"P-2\"]}, \"validation\": {\"patients\": [\"P-3\"]}}");
        return sound;
    }

    private static void text(Map<String, byte[]> sound, String name, String text) {
        sound.put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Small files that would take gigabytes or minutes, each read by a process of its own whose peak is measured. */
    private static boolean bombs(Path folder) throws Exception {
        Map<String, Path> bombs = new LinkedHashMap<>();
        Path model = folder.resolve("model");
        Map<String, String> metadata = Map.of(
                "aorta.model",
                "{\"kind\":\"unet\",\"base\":512,\"depth\":6,\"norm\":\"none\",\"classes\":2,\"rows\":0,\"columns\":0,\"input\":\"lab\"}");
        new Safetensors(metadata, new LinkedHashMap<>()).write(model);
        bombs.put("a model of 512 channels and depth 6 without weights", model);
        bombs.put(
                "a record of 256 MiB of one-byte numbers, in gzip",
                gzip(folder.resolve("ints"), 1, record(numbers(250 << 20))));
        byte[] damaged = record(new byte[255 << 20]);
        damaged[damaged.length - 1] ^= 1;
        bombs.put("40 damaged records of 255 MiB, in gzip", gzip(folder.resolve("damaged"), 40, damaged));
        for (String value : List.of("{},", "0,")) {
            bombs.put("a safetensors header of 99 MB of " + value, header(folder.resolve("h" + value.length()), value));
        }
        bombs.put("a safetensors header of 1.5 million tensors", tensors(folder.resolve("tensors")));
        bombs.put("a PNG of 300,000 texts", texts(folder.resolve("texts")));
        byte[] nodes = new byte[50 << 20];
        for (int i = 0; i < nodes.length; i += 2) {
            nodes[i] = 1 << 3 | 2;
        }
        bombs.put(
                "an ONNX graph of 26 million empty nodes",
                Files.write(
                        folder.resolve("nodes.onnx"),
                        new ProtobufWriter().bytes(7, nodes).toByteArray()));
        System.out.printf("%-52s %12s %8s %8s %5s%n", "file", "bytes", "s", "MiB", "code");
        boolean held = true;
        for (var bomb : bombs.entrySet()) {
            held &= measured(bomb.getKey(), bomb.getValue(), bomb.getKey().startsWith("a model"));
        }
        return held;
    }

    private static boolean measured(String name, Path file, boolean model) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                BreakFiles.class.getName(),
                "peak"));
        command.addAll(
                model
                        ? List.of("evaluate", "--device", "cpu", "--model", file.toString(), "--data", file.toString())
                        : List.of("inspect", file.toString()));
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        process.destroyForcibly().waitFor();
        double seconds = (System.nanoTime() - start) / 1e9;
        long peak = out.lines()
                .filter(l -> l.startsWith("VmHWM:"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")) >> 10)
                .findFirst()
                .orElse(-1);
        System.out.printf("%-52s %,12d %8.1f %8d %5d%n", name, Files.size(file), seconds, peak, process.exitValue());
        return ended && peak > 0 && peak <= MOST_MEBIBYTES;
    }

    /** Runs the program and says how much memory this process has taken. */
    private static boolean peak(String[] arguments) throws IOException {
        String[] rest = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        int code = Main.run(new PrintWriter(Writer.nullWriter()), err, rest);
        Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(l -> l.startsWith("VmHWM:"))
                .forEach(System.out::println);
        return code == 0;
    }

    private static byte[] numbers(int count) {
        ProtobufWriter list = new ProtobufWriter().bytes(1, new byte[count]);
        ProtobufWriter entry = new ProtobufWriter().text(1, "a").message(2, new ProtobufWriter().message(3, list));
        return new ProtobufWriter()
                .message(1, new ProtobufWriter().message(1, entry))
                .toByteArray();
    }

    private static byte[] record(byte[] data) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length + 16);
        RecordFrame.write(out, data);
        return out.toByteArray();
    }

    private static Path gzip(Path file, int count, byte[] record) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
            for (int i = 0; i < count; i++) {
                out.write(record);
            }
        }
        return file;
    }

    private static Path header(Path file, String value) throws IOException {
        return safetensors(file, "{\"a\":[" + value.repeat(99_000_000 / value.length()) + "0]}");
    }

    private static Path tensors(Path file) throws IOException {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < 1_500_000; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("\"")
                    .append(i)
                    .append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        return safetensors(file, json.append('}').toString());
    }

    private static Path safetensors(Path file, String json) throws IOException {
        byte[] text = json.getBytes(StandardCharsets.US_ASCII);
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] length = new byte[Long.BYTES];
            RecordFrame.littleEndian(length).putLong(text.length);
            out.write(length);
            out.write(text);
        }
        return file;
    }

    private static Path texts(Path file) throws IOException {
        byte[] whole = Png.grey8(1, 1, new int[1]);
        byte[] text = {'t', 'E', 'X', 't', 'a', 0};
        CRC32 crc = new CRC32();
        crc.update(text);
        byte[] chunk = ByteBuffer.allocate(14)
                .putInt(2)
                .put(text)
                .putInt((int) crc.getValue())
                .array();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write(whole, 0, 33);
            for (int i = 0; i < 300_000; i++) {
                out.write(chunk);
            }
            out.write(whole, 33, whole.length - 33);
        }
        return file;
    }
}
