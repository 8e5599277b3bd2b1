package dev.aorta.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;

/**
 * A loop of 512-bit instructions that is written at run time: products whose one factor is zmm30, into {@link #CHAINS} sums. A function
 * {@code void loop(void *numbers, long times)} of the calling convention of Linux on x86-64.
 *
 * @see <a href="https://cdrdv2.intel.com/v1/dl/getContent/671200">Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2:
 *     EVEX</a>
 */
final class MachineCode {
    /** Sums, and products of a turn of the loop. */
    static final int CHAINS = 12;

    /** Multiplies and adds; the factors are of 32, 16 or 8 bits. */
    enum Product {
        FLOAT32("vfmadd231ps", "avx512f", 1, 0xb8, 32),
        BFLOAT16("vdpbf16ps", "avx512_bf16", 2, 0x52, 16),
        INT8("vpdpbusd", "avx512_vnni", 1, 0x50, 8);

        final String instruction;
        final String flag;
        final int bits;
        private final int prefix;
        private final int opcode;

        Product(String instruction, String flag, int prefix, int opcode, int bits) {
            this.instruction = instruction;
            this.flag = flag;
            this.prefix = prefix;
            this.opcode = opcode;
            this.bits = bits;
        }
    }

    private static final int ZERO = 30;
    private static final int SCRATCH = 16;
    private static final int RDI = 7;
    private static final int PAGE = 4096;

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();

    private MachineCode() {}

    /** Products of registers. */
    static byte[] products(Product product) {
        MachineCode c = new MachineCode();
        return c.loop(0, i -> c.registers(2, product.prefix, product.opcode, i, ZERO, ZERO));
    }

    /** Products of what is at {@code numbers}, 64 bytes each. */
    static byte[] stream(Product product) {
        MachineCode c = new MachineCode();
        return c.loop(64, i -> c.memory(product.prefix, product.opcode, i, ZERO, i));
    }

    /** Products in float32 of the bfloat16 at {@code numbers}, 32 bytes each, which two instructions widen. */
    static byte[] widened() {
        MachineCode c = new MachineCode();
        return c.loop(32, i -> {
            c.memory(1, 0x33, SCRATCH + i, 0, i); // vpmovzxwd
            c.registers(1, 1, 0x72, 6, SCRATCH + i, SCRATCH + i); // vpslld
            c.code.write(16);
            c.registers(2, Product.FLOAT32.prefix, Product.FLOAT32.opcode, i, ZERO, SCRATCH + i);
        });
    }

    private interface Turn {
        void write(int chain);
    }

    private byte[] loop(int bytes, Turn turn) {
        for (int register : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ZERO}) {
            registers(1, 1, 0xef, register, register, register); // vpxord
        }
        int start = code.size();
        for (int i = 0; i < CHAINS; i++) {
            turn.write(i);
        }
        if (bytes > 0) {
            int step = CHAINS * bytes;
            write(0x48, 0x81, 0xc7, step & 255, step >> 8, 0, 0); // add rdi, step
        }
        write(0x48, 0x83, 0xee, 1); // sub rsi, 1
        int back = start - code.size() - 6;
        write(0x0f, 0x85, back, back >> 8, back >> 16, back >> 24); // jnz start
        write(0xc5, 0xf8, 0x77, 0xc3); // vzeroupper, ret
        return code.toByteArray();
    }

    private void registers(int map, int prefix, int opcode, int to, int from, int last) {
        evex(map, prefix, to, from, ~(last >> 4) & 1, ~(last >> 3) & 1);
        write(opcode, 0xc0 | (to & 7) << 3 | last & 7);
    }

    /** The last operand is at rdi, {@code index} operands ahead. */
    private void memory(int prefix, int opcode, int to, int from, int index) {
        evex(2, prefix, to, from, 1, 1);
        write(opcode, 0x40 | (to & 7) << 3 | RDI, index);
    }

    private void evex(int map, int prefix, int to, int from, int x, int b) {
        write(
                0x62,
                (~(to >> 3) & 1) << 7 | x << 6 | b << 5 | (~(to >> 4) & 1) << 4 | map,
                (~from & 15) << 3 | 4 | prefix,
                0x40 | (~(from >> 4) & 1) << 3);
    }

    private void write(int... bytes) {
        Arrays.stream(bytes).forEach(code::write);
    }

    /** Whether a machine can run this: throws an {@link IllegalArgumentException} that says what it lacks. */
    static void require(String system, String architecture, String flags) {
        if (!system.equals("Linux") || !architecture.equals("amd64")) {
            throw new IllegalArgumentException(
                    "machine code of Linux on x86-64 cannot run on " + system + " " + architecture);
        }
        List<String> has = List.of(flags.split("\\s+"));
        for (Product p : Product.values()) {
            if (!has.contains(p.flag)) {
                throw new IllegalArgumentException("this processor has no " + p.instruction + " (" + p.flag + ")");
            }
        }
    }

    /**
     * Puts code into a page of its own, which stays until the process ends.
     *
     * @return a method of the address of the numbers and of how often to run the loop
     */
    @SuppressWarnings("restricted") // what runs is this code
    static MethodHandle function(byte[] code) {
        if (code.length > PAGE) {
            throw new IllegalArgumentException(code.length + " bytes of code for a page of " + PAGE);
        }
        Linker linker = Linker.nativeLinker();
        MethodHandle map = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mmap"),
                FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
        MethodHandle protect = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mprotect"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
        try {
            // readable and writable, private and anonymous
            MemorySegment page = ((MemorySegment) map.invokeExact(MemorySegment.NULL, (long) PAGE, 3, 0x22, -1, 0L));
            if (page.address() == -1) {
                throw new IllegalStateException("the system gives no page");
            }
            page = page.reinterpret(PAGE, Arena.global(), null);
            MemorySegment.copy(code, 0, page, JAVA_BYTE, 0, code.length);
            int refused = (int) protect.invokeExact(page, (long) PAGE, 5); // readable and executable
            if (refused != 0) {
                throw new IllegalArgumentException("the system does not let a page be executed that was written");
            }
            return linker.downcallHandle(page, FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
