package dev.aorta.io;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.io.Safetensors.Entry;
import dev.aorta.nn.Layer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The weights of a network under the names and in the layouts of PyTorch's {@code state_dict}. Immutable.
 *
 * <pre>{@code
 * StateDict.load(file, network); // everything fits, or nothing is changed
 * StateDict.read(file)
 *         .withoutPrefix("module.")
 *         .renamed("^backbone\\.", "encoder.")
 *         .loadMatching(network); // what fits; the report tells the rest
 * StateDict.save(file, network); // safetensors that load_state_dict takes
 * }</pre>
 *
 * <p>What is what: convolutions (out, in / groups, kH, kW) are (out, kH, kW, in / groups) in Aorta, transposed ones (in, out /
 * groups, kH, kW) are (in, kH, kW, out / groups), those of sequences (out, in, k) are (out, 1, k, in), everything else is laid
 * out alike, and extents of 1 do not count. A normalisation's {@code weight} and {@code bias} are {@code gamma} and {@code beta}
 * in Aorta, the {@code weight} of PReLU is {@code slope}. {@code num_batches_tracked}, which nothing is computed from, is
 * passed over. One thing cannot be seen: a linear layer that follows a flattened image counts its columns (C, H, W) in PyTorch;
 * let the network flatten {@code x.permute(0, 3, 1, 2)}.
 */
public final class StateDict {
    private static final Map<String, String> TORCH_NAMES = Map.of("gamma", "weight", "beta", "bias", "slope", "weight");

    private final String source; // for messages
    private final SequencedMap<String, Entry> tensors;

    private StateDict(String source, SequencedMap<String, Entry> tensors) {
        this.source = source;
        this.tensors = tensors;
    }

    // ---- files

    /**
     * Sets all parameters of a network to what a file holds; either all or none are changed.
     *
     * @param file as {@link #read(Path)} takes it
     * @param network its parameters are set
     * @throws FormatException if the names or the shapes are not those of the network, listing the first of each kind; or
     *     as {@link #read(Path)}
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if two parameters of the network have one name in PyTorch
     */
    public static void load(Path file, Layer network) throws IOException {
        read(file).load(network);
    }

    /**
     * Writes the parameters of a network as a safetensors file, whole or not at all. In Python, {@code
     * model.load_state_dict(safetensors.torch.load_file(file))} takes it.
     *
     * @param file replaced or created
     * @param network left as it is
     * @throws IOException if the file cannot be written
     * @throws IllegalArgumentException if two parameters of the network have one name in PyTorch
     */
    public static void save(Path file, Layer network) throws IOException {
        of(network).write(file);
    }

    /**
     * Reads a safetensors file, or one of {@code torch.save}, with PyTorch's names and layouts.
     *
     * @param file left as it is
     * @return its tensors
     * @throws FormatException if the file breaks its format, or holds anything but tensors
     * @throws IOException if the file cannot be read
     */
    public static StateDict read(Path file) throws IOException {
        return read(file, WeightLayout.PYTORCH);
    }

    /**
     * Reads a file; of which kind it is, its first bytes tell. A file of {@code torch.save} holds the state dict itself, or
     * a dictionary that has it under {@code state_dict}, {@code model_state_dict} or {@code model}; nothing in it is executed.
     *
     * @param file left as it is
     * @param layout of what the file holds
     * @return its tensors under PyTorch's names and in PyTorch's layouts
     * @throws FormatException if the file breaks its format, holds anything but tensors, or two of them get one name
     * @throws IOException if the file cannot be read
     */
    public static StateDict read(Path file, WeightLayout layout) throws IOException {
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        for (var tensor : tensors(file).entrySet()) {
            String name = layout.torchName(tensor.getKey());
            if (last(name).equals("num_batches_tracked")) {
                continue;
            }
            try {
                if (tensors.put(name, layout.torchLayout(tensor.getKey(), tensor.getValue())) != null) {
                    throw new FormatException("another one has the name '" + name + "' too");
                }
            } catch (FormatException e) {
                throw new FormatException(file + ": tensor '" + tensor.getKey() + "': " + e.getMessage(), e);
            }
        }
        return new StateDict(file.toString(), tensors);
    }

    /** The ninth byte of a safetensors file is an opening brace; a zip archive begins with PK, and a pickle with 0x80. */
    private static SequencedMap<String, Entry> tensors(Path file) throws IOException {
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(9);
        }
        if (head.length == 9 && head[8] != '{' && head[0] == 'P' && head[1] == 'K') {
            return TorchArchive.read(file);
        }
        return head.length == 9 && head[8] != '{' && head[0] == (byte) 0x80
                ? LegacyTorchFile.read(file)
                : Safetensors.read(file).tensors();
    }

    /**
     * The parameters of a network under PyTorch's names and in PyTorch's layouts.
     *
     * @param network left as it is
     * @return copies of its parameters
     * @throws IllegalArgumentException if two parameters of the network have one name in PyTorch
     */
    public static StateDict of(Layer network) {
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        torchNames(network).forEach((name, p) -> {
            Entry ours = Entry.of(p.toArray(), p.shape().dims());
            tensors.put(name, isImage(ours.shape()) ? ours.permuted(0, 3, 1, 2) : ours);
        });
        return new StateDict(network.name(), tensors);
    }

    /**
     * Writes a safetensors file, whole or not at all.
     *
     * @param file replaced or created
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        new Safetensors(Map.of("format", "pt"), tensors).write(file);
    }

    /** {@return all tensors by their names, in the order of the file, in PyTorch's layouts; not modifiable} */
    public SequencedMap<String, Entry> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    // ---- names

    /**
     * The same under other names.
     *
     * @param name of each tensor from its name in the file, as {@code layer1.0.conv1.weight}
     * @return a state dict that shares the tensors
     * @throws IllegalArgumentException if two tensors get one name
     */
    public StateDict renamed(UnaryOperator<String> name) {
        SequencedMap<String, Entry> other = new LinkedHashMap<>();
        tensors.forEach((old, tensor) -> {
            if (other.put(name.apply(old), tensor) != null) {
                throw new IllegalArgumentException(
                        "[renamed] two tensors of " + source + " would be called " + name.apply(old));
            }
        });
        return new StateDict(source, other);
    }

    /**
     * The same with every match of a regular expression in the names replaced, as {@link String#replaceAll}.
     *
     * @param regex as {@link Pattern} takes it
     * @param replacement for each match; {@code $1} is the first group
     * @return a state dict that shares the tensors
     * @throws IllegalArgumentException if two tensors get one name, or the expression or the replacement is malformed
     */
    public StateDict renamed(String regex, String replacement) {
        Pattern pattern = Pattern.compile(regex);
        return renamed(name -> pattern.matcher(name).replaceAll(replacement));
    }

    /**
     * The same with some layers renamed: what stands before the last dot of a tensor's name.
     *
     * @param layers new names of layers by their old ones; layers without an entry keep theirs
     * @return a state dict that shares the tensors
     * @throws IllegalArgumentException if two tensors get one name
     */
    public StateDict renamed(Map<String, String> layers) {
        return renamed(name -> {
            String other = layers.get(layer(name));
            return other == null ? name : other + "." + last(name);
        });
    }

    /**
     * The same with a prefix taken from the names that begin with it, such as {@code module.} of PyTorch's {@code
     * DataParallel}.
     *
     * @param prefix taken as it is, with its dot
     * @return a state dict that shares the tensors
     * @throws IllegalArgumentException if two tensors get one name
     */
    public StateDict withoutPrefix(String prefix) {
        return renamed(name -> name.startsWith(prefix) ? name.substring(prefix.length()) : name);
    }

    /**
     * The same without the tensors whose names begin so, such as {@code fc.} to keep a head that is new.
     *
     * @param prefix taken as it is, with its dot
     * @return a state dict that shares the other tensors
     */
    public StateDict without(String prefix) {
        SequencedMap<String, Entry> other = new LinkedHashMap<>(tensors);
        other.keySet().removeIf(name -> name.startsWith(prefix));
        return new StateDict(source, other);
    }

    /**
     * The same with one tensor under another shape of as many elements, for {@link #write}: a weight (out, in, 1, k) of a convolution
     * of sequences is (out, in, k) in PyTorch.
     *
     * @param name of the tensor
     * @param shape dimensions, outermost first
     * @return a state dict that shares the tensors
     * @throws IllegalArgumentException if there is no such tensor, or its elements do not fill the shape
     */
    public StateDict reshaped(String name, int... shape) {
        Entry tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("[reshaped] there is no tensor " + name + " in " + source);
        }
        SequencedMap<String, Entry> other = new LinkedHashMap<>(tensors);
        other.put(name, tensor.reshaped(shape));
        return new StateDict(source, other);
    }

    // ---- into a network

    /**
     * What of a state dict fits a network. Shapes are PyTorch's.
     *
     * @param matched names of what was set
     * @param missing what the network has and the file lacks, with shapes
     * @param unexpected what the file has and the network lacks, with shapes
     * @param otherShape what both have, with both shapes
     */
    public record Report(List<String> matched, List<String> missing, List<String> unexpected, List<String> otherShape) {
        private static final int LISTED = 10;

        /** {@return whether everything fits: nothing is missing, unexpected, or of another shape} */
        public boolean isComplete() {
            return missing.isEmpty() && unexpected.isEmpty() && otherShape.isEmpty();
        }

        /** A line for each kind, with the first few names. */
        @Override
        public String toString() {
            return matched.size() + " matched" + line("missing", missing) + line("unexpected", unexpected)
                    + line("of another shape", otherShape);
        }

        private static String line(String kind, List<String> names) {
            String more = names.size() > LISTED ? ", .." : "";
            return names.isEmpty()
                    ? ""
                    : System.lineSeparator() + "    " + names.size() + " " + kind + ": "
                            + String.join(", ", names.subList(0, Math.min(LISTED, names.size()))) + more;
        }
    }

    /**
     * Sets all parameters of a network; either all or none are changed.
     *
     * @param network its parameters are set
     * @throws FormatException if the names or the shapes are not those of the network, listing the first of each kind, or a
     *     tensor is of a type that is no float
     * @throws IllegalArgumentException if two parameters of the network have one name in PyTorch
     */
    public void load(Layer network) throws FormatException {
        Match match = new Match(network);
        if (!match.report.isComplete()) {
            throw new FormatException(source + " does not fit " + network.name() + ": " + match.report
                    + System.lineSeparator()
                    + "rename tensors with renamed(..), leave some out with without(..), or take what fits with"
                    + " loadMatching(..)");
        }
        match.set();
    }

    /**
     * Sets those parameters of a network that this has, with the right shape; the others keep their values.
     *
     * @param network those of its parameters that fit are set
     * @return what was set and what was not
     * @throws FormatException if nothing fits, or a tensor that would is of a type that is no float; then nothing was
     *     changed
     * @throws IllegalArgumentException if two parameters of the network have one name in PyTorch
     */
    public Report loadMatching(Layer network) throws FormatException {
        Match match = new Match(network);
        if (match.report.matched().isEmpty()) {
            throw new FormatException("nothing in " + source + " fits " + network.name() + ": " + match.report);
        }
        match.set();
        return match.report;
    }

    /** The tensors beside the parameters that have their names. */
    private final class Match {
        private final Map<Parameter, Entry> fitting = new LinkedHashMap<>();
        private final Report report =
                new Report(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

        Match(Layer network) throws FormatException {
            Map<String, Entry> rest = new LinkedHashMap<>(tensors);
            for (var named : torchNames(network).entrySet()) {
                String name = named.getKey();
                int[] shape = torchShape(named.getValue().shape());
                Entry tensor = rest.remove(name);
                if (tensor == null) {
                    report.missing.add(name + " " + Arrays.toString(shape));
                } else if (!fits(tensor.shape(), shape)) {
                    report.otherShape.add(name + " " + Arrays.toString(tensor.shape()) + " where the network has "
                            + Arrays.toString(shape));
                } else if (!tensor.isFloat()) {
                    throw new FormatException(source + ": tensor '" + name + "' is of " + tensor.dtype()
                            + ", and weights are of F16, BF16, F32 or F64");
                } else {
                    fitting.put(named.getValue(), tensor.reshaped(shape));
                    report.matched.add(name);
                }
            }
            rest.forEach((name, tensor) -> report.unexpected.add(name + " " + Arrays.toString(tensor.shape())));
        }

        void set() throws FormatException {
            for (var pair : fitting.entrySet()) {
                Entry tensor = pair.getValue();
                pair.getKey().set((isImage(tensor.shape()) ? tensor.permuted(0, 2, 3, 1) : tensor).floats());
            }
        }
    }

    // ---- PyTorch's conventions

    /** The parameters by their names in PyTorch. */
    private static SequencedMap<String, Parameter> torchNames(Layer network) {
        SequencedMap<String, Parameter> named = new LinkedHashMap<>();
        for (Parameter p : Parameter.distinct("state dict", network.parameters())) {
            String last = last(p.name());
            String name =
                    p.name().substring(0, p.name().length() - last.length()) + TORCH_NAMES.getOrDefault(last, last);
            Parameter other = named.put(name, p);
            if (other != null) {
                throw new IllegalArgumentException(
                        "[state dict] " + other + " and " + p + " are both called " + name + " in PyTorch");
            }
        }
        return named;
    }

    private static int[] torchShape(Shape ours) {
        int[] s = ours.dims();
        return isImage(s) ? new int[] {s[0], s[3], s[1], s[2]} : s;
    }

    private static boolean isImage(int[] shape) {
        return shape.length == 4;
    }

    /** Extents of 1 do not count where the ranks differ. */
    private static boolean fits(int[] file, int[] network) {
        return file.length == network.length
                ? Arrays.equals(file, network)
                : Arrays.equals(withoutOnes(file), withoutOnes(network));
    }

    private static int[] withoutOnes(int[] shape) {
        return Arrays.stream(shape).filter(extent -> extent != 1).toArray();
    }

    /** Of {@code layer1.0.conv1.weight} the {@code layer1.0.conv1}; empty where there is no dot. */
    private static String layer(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    /** Of {@code layer1.0.conv1.weight} the {@code weight}. */
    static String last(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
