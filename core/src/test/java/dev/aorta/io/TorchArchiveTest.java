package dev.aorta.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.aorta.io.Safetensors.DType;
import dev.aorta.io.Safetensors.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of torch.save: what they hold, and what they must not make us do. */
class TorchArchiveTest {
    @TempDir
    Path folder;

    /** What CPython's pickle wrote of {'a.weight': (2, 3), 'a.bias': (2)} with protocols 2 and 4. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "800263636f6c6c656374696f6e730a4f726465726564446963740a710029527101285808000000612e77656967687471"
                        + "0263746f7263682e5f7574696c730a5f72656275696c645f74656e736f725f76320a71032828580700000073746f7261"
                        + "6765710463746f7263680a466c6f617453746f726167650a71055801000000307106580300000063707571074b067471"
                        + "08514b004b024b038671094b034b0186710a8968002952710b74710c52710d5806000000612e62696173710e68032828"
                        + "68046805580100000031710f68074b02747110514b004b028571114b0185711289680029527113747114527115757d71"
                        + "1658090000005f6d657461646174617117680029527118580000000071197d711a580700000076657273696f6e711b4b"
                        + "01737373622e",
                "800495f9000000000000008c0b636f6c6c656374696f6e73948c0b4f72646572656444696374949394295294288c0861"
                        + "2e776569676874948c0c746f7263682e5f7574696c73948c125f72656275696c645f74656e736f725f76329493942828"
                        + "8c0773746f72616765948c05746f726368948c0c466c6f617453746f726167659493948c0130948c03637075944b0674"
                        + "94514b004b024b0386944b034b018694896802295294749452948c06612e6269617394680728286808680b8c01319468"
                        + "0d4b027494514b004b0285944b01859489680229529474945294757d948c095f6d657461646174619468022952948c00"
                        + "947d948c0776657273696f6e944b01737373622e"
            })
    void picklesOfPythonAreRead(String hex) throws IOException {
        byte[] pickle = HexFormat.of().parseHex(hex);
        Path file = new TorchFile()
                .bytes(pickle)
                .entry("0", TorchFile.floats(1, 2, 3, 4, 5, 6))
                .entry("1", TorchFile.floats(7, 8))
                .write(folder.resolve("python.pt"));
        Safetensors tensors = new Safetensors(Map.of(), TorchArchive.read(file));
        assertThat(tensors.tensors().sequencedKeySet()).containsExactly("a.weight", "a.bias");
        assertThat(tensors.tensor("a.weight").shape()).containsExactly(2, 3);
        assertThat(tensors.tensor("a.weight").floats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(tensors.tensor("a.bias").floats()).containsExactly(7, 8);
    }

    @Test
    void allTypesAreRead() throws IOException {
        Map<String, DType> types = Map.of(
                "DoubleStorage", DType.F64,
                "HalfStorage", DType.F16,
                "BFloat16Storage", DType.BF16,
                "LongStorage", DType.I64,
                "IntStorage", DType.I32,
                "ShortStorage", DType.I16,
                "CharStorage", DType.I8,
                "ByteStorage", DType.U8,
                "BoolStorage", DType.BOOL);
        TorchFile file = TorchFile.begin().beginDict();
        types.forEach((storage, type) -> {
            byte[] data = new byte[2 * type.bytes()];
            data[0] = 3;
            file.text(storage).tensor(storage, data, 2, 0, 2);
        });
        Safetensors read = read(file.endDict().opcode('.'));
        for (var kind : types.entrySet()) {
            String storage = kind.getKey();
            DType type = kind.getValue();
            assertThat(read.tensor(storage).dtype()).as(storage).isEqualTo(type);
            assertThat(read.tensor(storage).bytes().remaining()).as(storage).isEqualTo(2 * type.bytes());
        }
    }

    @Test
    void aTensorMayBeAPartOfAStorageInAnyOrder() throws IOException {
        byte[] data = TorchFile.floats(0, 1, 2, 3, 4, 5, 6, 7);
        Safetensors read = read(TorchFile.begin()
                .beginDict()
                .text("transposed")
                .tensor("FloatStorage", data, 8, 1, new long[] {2, 3}, new long[] {1, 2})
                .text("row")
                .tensorOf("FloatStorage", "0", 8, 4, new long[] {3}, new long[] {1})
                .text("column")
                .tensorOf("FloatStorage", "0", 8, 0, new long[] {4, 1}, new long[] {2, 1})
                .text("scalar")
                .tensorOf("FloatStorage", "0", 8, 7, new long[0], new long[0])
                .text("empty")
                .tensorOf("FloatStorage", "0", 8, 0, new long[] {0, 5}, new long[] {5, 1})
                .endDict()
                .opcode('.'));
        assertThat(read.tensor("transposed").floats()).containsExactly(1, 3, 5, 2, 4, 6);
        assertThat(read.tensor("row").floats()).containsExactly(4, 5, 6);
        assertThat(read.tensor("column").floats()).containsExactly(0, 2, 4, 6);
        assertThat(read.tensor("scalar").floats()).containsExactly(7);
        assertThat(read.tensor("empty").floats()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"state_dict", "model_state_dict", "model"})
    void aStateDictMayBeWrappedAndHoldParameters(String wrapper) throws IOException {
        TorchFile file = TorchFile.begin().opcode('}').opcode('(');
        file.text("epoch")
                .number(7)
                .text("best")
                .opcode('G')
                .bytes(new byte[8])
                .text("big")
                .number(1L << 40);
        file.text("names")
                .opcode(']')
                .opcode('(')
                .text("a")
                .opcode('N')
                .opcode('e')
                .text(wrapper);
        file.beginDict().text("w").global("torch._utils", "_rebuild_parameter").opcode('(');
        file.tensor("FloatStorage", TorchFile.floats(5), 1, 0, 1).opcode(0x88);
        file.beginDict()
                .opcode('u')
                .opcode('t')
                .opcode('R')
                .endDict()
                .opcode('u')
                .opcode('.');
        assertThat(read(file).tensor("w").floats()).containsExactly(5);
    }

    /** libtorch's {@code pickle_save} says of what type a dictionary is. */
    @Test
    void aTypedDictionaryIsRead() throws IOException {
        TorchFile file = TorchFile.begin().global("torch.jit._pickle", "restore_type_tag");
        file.opcode('}')
                .opcode('(')
                .text("w")
                .tensor("FloatStorage", TorchFile.floats(5), 1, 0, 1)
                .opcode('u');
        file.text("Dict[Any, Any]").opcode(0x86).opcode('R').opcode('.');
        assertThat(read(file).tensor("w").floats()).containsExactly(5);
    }

    // ---- what is refused

    @Test
    void nothingIsEverCalled() {
        refuses(
                TorchFile.begin()
                        .global("os", "system")
                        .text("true")
                        .opcode(0x85)
                        .opcode('R')
                        .opcode('.'),
                "pickle at byte 2: it asks for os.system, which is not a part of a state dict and is never run");
        refuses(
                new TorchFile()
                        .bytes("\u0080\4\u0095".getBytes(ISO_8859_1))
                        .bytes(new byte[8])
                        .opcode(0x8c)
                        .opcode(8)
                        .bytes("builtins".getBytes(UTF_8))
                        .opcode(0x8c)
                        .opcode(4)
                        .bytes("eval".getBytes(UTF_8))
                        .opcode(0x93)
                        .opcode('.'),
                "it asks for builtins.eval");
        refuses(
                TorchFile.begin()
                        .global("torchvision.models.resnet", "ResNet")
                        .opcode(')')
                        .opcode(0x81)
                        .opcode('.'),
                "torchvision.models.resnet.ResNet");
        refuses(TorchFile.begin().opcode('}').opcode(')').opcode(0x81).opcode('.'), "opcode 0x81 (NEWOBJ)");
        refuses(TorchFile.begin().opcode('i').opcode('.'), "opcode 0x69 (INST)");
        refuses(TorchFile.begin().opcode(0xff).opcode('.'), "opcode 0xff (unknown) does not belong to a state dict");
        refuses(
                TorchFile.begin()
                        .global("torch", "FloatStorage")
                        .opcode(')')
                        .opcode('R')
                        .opcode('.'),
                "a function");
        refuses(TorchFile.begin().opcode(')').opcode('}').opcode('b').opcode('.'), "where a dictionary must be");
    }

    @Test
    void whatIsNoStateDictIsRefusedByName() {
        refuses(TorchFile.begin().number(3).opcode('.'), "it holds no dictionary");
        refuses(
                TorchFile.begin().opcode('}').text("lr").number(3).opcode('s').opcode('.'),
                "its dictionary holds no tensors, nor another one under [state_dict, model_state_dict, model], only [lr]");
        refuses(
                TorchFile.begin()
                        .opcode('}')
                        .opcode('(')
                        .text("w")
                        .tensor("FloatStorage", new byte[4], 1, 0, 1)
                        .text("extra")
                        .number(3)
                        .opcode('u')
                        .opcode('.'),
                "'extra' in the state dict is no tensor with a name");
    }

    @Test
    void brokenPicklesAreRefusedWithTheirPlace() {
        refuses(TorchFile.begin(), "pickle at byte 2: it ends where 1 more bytes must stand");
        refuses(TorchFile.begin().opcode('.'), "there is nothing on the stack");
        refuses(TorchFile.begin().opcode('}').opcode('(').opcode('.'), "there is nothing on the stack");
        refuses(TorchFile.begin().opcode('u').opcode('.'), "there is no mark");
        refuses(TorchFile.begin().opcode('h').opcode(3).opcode('.'), "nothing was remembered under 3");
        refuses(TorchFile.begin().opcode('X').bytes(new byte[] {-1, -1, -1, -1}).opcode('.'), "4294967295 more bytes");
        refuses(TorchFile.begin().opcode(0x8a).opcode(9).bytes(new byte[9]), "a whole number of 9 bytes");
        refuses(new TorchFile().opcode(0x80).opcode(6), "protocol 6 is above 5");
        refuses(
                TorchFile.begin()
                        .opcode('}')
                        .text("a")
                        .number(1)
                        .opcode('s')
                        .text("a")
                        .number(2)
                        .opcode('s'),
                "the key 'a' stands twice");
        refuses(TorchFile.begin().opcode('}').opcode(')').number(1).opcode('s'), "neither text nor a whole number");
        refuses(TorchFile.begin().bytes(")".repeat(4_000_001).getBytes(UTF_8)), "more than 4000000 opcodes");
    }

    @Test
    void tensorsThatDoNotLieInTheirStorageAreRefused() {
        refusesTensor(4, 0, new long[] {5}, new long[] {1}, "does not lie in its storage of 4");
        refusesTensor(4, 1, new long[] {4}, new long[] {1}, "does not lie");
        refusesTensor(4, -1, new long[] {1}, new long[] {1}, "does not lie");
        refusesTensor(4, 0, new long[] {2, 2}, new long[] {3, 1}, "does not lie");
        refusesTensor(4, 0, new long[] {1_000_000_000}, new long[] {0}, "does not lie");
        refusesTensor(4, 0, new long[] {2}, new long[] {-1}, "a stride of -1");
        refusesTensor(4, 0, new long[] {-2}, new long[] {1}, "an axis of -2");
        refusesTensor(4, 0, new long[] {2, 2}, new long[] {1}, "unequal or too many axes");
        refusesTensor(4, Long.MAX_VALUE, new long[] {2}, new long[] {1}, "overflows 64 bits");
        long many = Integer.MAX_VALUE;
        refusesTensor(4, 0, new long[] {many, many, many}, new long[] {0, 0, 0}, "overflows 64 bits");
        refusesTensor(5, 0, new long[] {1}, new long[] {1}, "has 16 bytes where 5 elements of F32 must be");
        refusesTensor(1L << 62 | 4, 0, new long[] {1}, new long[] {1}, "has 16 bytes where");
        refusesTensor(-1, 0, new long[] {0}, new long[] {1}, "does not lie");
    }

    private void refusesTensor(long count, long offset, long[] shape, long[] strides, String message) {
        TorchFile file = TorchFile.begin().beginDict().text("w");
        file.tensor("FloatStorage", new byte[16], count, offset, shape, strides);
        refuses(file.endDict().opcode('.'), message);
    }

    @Test
    void bombsAreRefusedBeforeMemoryIsTaken() {
        TorchFile shared =
                TorchFile.begin().beginDict().text("0").tensor("FloatStorage", new byte[1 << 20], 1 << 18, 0, 1 << 18);
        for (int i = 1; i < 1000; i++) {
            shared.text("" + i).tensorOf("FloatStorage", "0", 1 << 18, 0, new long[] {1 << 18}, new long[] {1});
        }
        refuses(shared.endDict().opcode('.'), "more than 4 times the file");
        refuses(TorchFile.stateDict(Map.of(), Map.of()).compressed(), "is compressed, which torch.save never does");
    }

    @Test
    void brokenArchivesAreRefused() throws IOException {
        refuses(TorchFile.stateDict(Map.of(), Map.of()).entry("byteorder", "big".getBytes(UTF_8)), "big-endian");
        TorchFile lost = TorchFile.begin().beginDict().text("w");
        lost.tensorOf("FloatStorage", "9", 1, 0, new long[] {1}, new long[] {1})
                .endDict()
                .opcode('.');
        refuses(lost, "there is no entry 'archive/data/9'");
        byte[] sound = small();
        int at = new String(sound, ISO_8859_1).indexOf("\0\0\u0080?");
        sound[at]++;
        assertThatThrownBy(() -> TorchArchive.read(Files.write(folder.resolve("flipped.pt"), sound)))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("does not have the checksum that the archive states");
    }

    private static byte[] small() throws IOException {
        Map<String, float[]> values = new LinkedHashMap<>();
        values.put("a.weight", new float[] {1, 2, 3, 4, 5, 6});
        values.put("a.bias", new float[] {7, 8});
        return TorchFile.stateDict(values, Map.of("a.weight", new int[] {2, 3}, "a.bias", new int[] {2}))
                .archive();
    }

    @Test
    void aThousandMutatedFilesGiveANamedErrorOrASoundFile() throws IOException {
        byte[] sound = small();
        Path file = folder.resolve("mutated.pt");
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            int refused = 0;
            for (long seed = 0; seed < 1000; seed++) {
                Random random = new Random(seed);
                byte[] mutated =
                        random.nextInt(8) == 0 ? Arrays.copyOf(sound, random.nextInt(sound.length)) : sound.clone();
                for (int i = random.nextInt(1, 4); i > 0 && mutated.length > 0; i--) {
                    mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
                }
                Files.write(file, mutated);
                try {
                    for (Entry tensor : TorchArchive.read(file).values()) {
                        assertThat(tensor.bytes().remaining())
                                .as("seed %d", seed)
                                .isLessThan(sound.length);
                    }
                } catch (FormatException named) {
                    assertThat(named)
                            .as("seed %d", seed)
                            .hasMessageStartingWith(file + " is not a sound file of torch.save: ")
                            .hasMessageNotContaining("null");
                    refused++;
                }
            }
            assertThat(refused).as("most are found out").isGreaterThan(500);
        });
    }

    /** The checksum would find these out first. */
    @Test
    void tenThousandMutatedPicklesGiveANamedErrorOrAValue() {
        byte[] sound = TorchFile.stateDict(
                        Map.of("a.weight", new float[] {1, 2, 3, 4, 5, 6}), Map.of("a.weight", new int[] {2, 3}))
                .pickle();
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            for (long seed = 0; seed < 10_000; seed++) {
                Random random = new Random(seed);
                byte[] mutated = sound.clone();
                for (int i = random.nextInt(1, 4); i > 0; i--) {
                    mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
                }
                try {
                    assertThat(Unpickler.read(mutated)).as("seed %d", seed).isNotNull();
                } catch (FormatException named) {
                    assertThat(named).as("seed %d", seed).hasMessageStartingWith("pickle at byte ");
                }
            }
        });
    }

    private Safetensors read(TorchFile file) throws IOException {
        return new Safetensors(Map.of(), TorchArchive.read(file.write(folder.resolve("file.pt"))));
    }

    private void refuses(TorchFile file, String message) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith(folder.resolve("file.pt") + " is not a sound file of torch.save: ")
                .hasMessageContaining(message);
    }
}
