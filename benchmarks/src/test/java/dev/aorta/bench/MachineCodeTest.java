package dev.aorta.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.bench.MachineCode.Product;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class MachineCodeTest {
    private static final String FLAGS = "fma avx512f avx512_bf16 avx512_vnni";

    /** Bytes as binutils' assembler gives them. */
    @Test
    void instructionsAreEncodedAsAnAssemblerDoes() {
        assertThat(hex(MachineCode.products(Product.FLOAT32)))
                .startsWith("62f17d48efc0") // vpxord zmm0, zmm0, zmm0
                .contains("62512548efdb") // vpxord zmm11, zmm11, zmm11
                .contains("62920d40b8c6") // vfmadd231ps zmm0, zmm30, zmm30
                .contains("62120d40b8de") // vfmadd231ps zmm11, zmm30, zmm30
                .endsWith("4883ee010f85aeffffffc5f877c3"); // sub rsi, 1; jnz 82 bytes back; vzeroupper; ret
        assertThat(hex(MachineCode.stream(Product.BFLOAT16)))
                .contains("62f20e40524f01") // vdpbf16ps zmm1, zmm30, [rdi + 64]
                .contains("4881c700030000"); // add rdi, 768
        assertThat(hex(MachineCode.stream(Product.INT8)))
                .contains("62720d40505f0b"); // vpdpbusd zmm11, zmm30, [rdi + 704]
        assertThat(hex(MachineCode.widened()))
                .contains("62e27d48334f01") // vpmovzxwd zmm17, [rdi + 32]
                .contains("62b1754072f110") // vpslld zmm17, zmm17, 16
                .endsWith("0f85fffeffffc5f877c3"); // jnz 257 bytes back
    }

    @Test
    void otherMachinesAreRefused() {
        assertThatThrownBy(() -> MachineCode.require("Mac OS X", "aarch64", FLAGS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("machine code of Linux on x86-64 cannot run on Mac OS X aarch64");
        assertThatThrownBy(() -> MachineCode.require("Linux", "aarch64", FLAGS)).hasMessageContaining("Linux aarch64");
        assertThatThrownBy(() -> MachineCode.require("Linux", "amd64", "fma avx512f avx512_vnni"))
                .hasMessage("this processor has no vdpbf16ps (avx512_bf16)");
        assertThatCode(() -> MachineCode.require("Linux", "amd64", FLAGS)).doesNotThrowAnyException();
    }

    private static String hex(byte[] code) {
        return HexFormat.of().formatHex(code);
    }
}
