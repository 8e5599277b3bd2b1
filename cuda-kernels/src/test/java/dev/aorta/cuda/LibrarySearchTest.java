package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
    private static final String DNN = "libcudnn.so.9";

    @TempDir
    Path root;

    private Path file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "");
    }

    private LibrarySearch search(Map<String, String> properties, Map<String, String> environment) {
        return LibrarySearch.of(root, properties::get, environment::get);
    }

    @Test
    void thePropertyIsSearchedAlone() throws IOException {
        file("usr/lib64/" + DNN);
        Path mine = file("mine/" + DNN);
        var only = search(Map.of("aorta.cuda.path", root.resolve("mine").toString()), Map.of());
        assertThat(only.find(List.of(DNN))).isEqualTo(mine);
        assertThat(only.folders()).hasSize(1);
        var empty = search(Map.of("aorta.cuda.path", root.resolve("none").toString()), Map.of());
        assertThat(empty.find(List.of(DNN))).isNull();
    }

    @Test
    void theEnvironmentComesBeforeTheSystem() throws IOException {
        Path system = file("usr/lib/x86_64-linux-gnu/" + DNN);
        Path cuda = file("toolkit/lib64/" + DNN);
        Path loader = file("loader/" + DNN);
        assertThat(search(Map.of(), Map.of()).find(List.of(DNN))).isEqualTo(system);
        var environment = Map.of("LD_LIBRARY_PATH", root.resolve("loader").toString());
        assertThat(search(Map.of(), environment).find(List.of(DNN))).isEqualTo(loader);
        var both = Map.of(
                "CUDA_PATH", root.resolve("toolkit").toString(),
                "LD_LIBRARY_PATH", root.resolve("loader").toString());
        assertThat(search(Map.of(), both).find(List.of(DNN))).isEqualTo(cuda);
    }

    @Test
    void theNewestToolkitWins() throws IOException {
        file("usr/local/cuda-12.6/lib64/libcublas.so.12");
        Path newest = file("usr/local/cuda-13.0/lib64/libcublas.so.12");
        assertThat(search(Map.of(), Map.of()).find(List.of("libcublas.so.12"))).isEqualTo(newest);
    }

    @Test
    void theFirstNameWinsOverTheFirstFolder() throws IOException {
        file("usr/local/cuda-13.0/lib64/libcublas.so.13");
        Path twelve = file("usr/lib64/libcublas.so.12");
        assertThat(search(Map.of(), Map.of()).find(List.of("libcublas.so.12", "libcublas.so.13")))
                .isEqualTo(twelve);
    }

    @Test
    void pythonPackagesAreSearched() throws IOException {
        Path system = file("usr/local/lib/python3.12/dist-packages/nvidia/cudnn/lib/" + DNN);
        assertThat(search(Map.of(), Map.of()).find(List.of(DNN))).isEqualTo(system);
        Path user = file("home/.local/lib/python3.11/site-packages/nvidia/cudnn/lib/" + DNN);
        var home = Map.of("user.home", root.resolve("home").toString());
        assertThat(search(home, Map.of()).find(List.of(DNN))).isEqualTo(user);
        Path active = file("venv/lib/python3.13/site-packages/nvidia/cu13/lib/" + DNN);
        var environment = Map.of("VIRTUAL_ENV", root.resolve("venv").toString());
        assertThat(search(home, environment).find(List.of(DNN))).isEqualTo(active);
    }

    @Test
    void theLoadersConfigurationIsSearched() throws IOException {
        Path odd = file("opt/odd/" + DNN);
        Files.writeString(file("etc/ld.so.conf.d/odd.conf"), "# ours\n/opt/odd\n");
        assertThat(search(Map.of(), Map.of()).find(List.of(DNN))).isEqualTo(odd);
    }

    @Test
    void aMachineWithoutDriverIsToldSo() {
        LibrarySearch search = search(Map.of(), Map.of());
        assertThatThrownBy(() -> CudaLibraries.find(search, "Linux", "amd64"))
                .isInstanceOf(CudaException.class)
                .hasMessageStartingWith("[cuda] no NVIDIA driver: libcuda.so.1 was not found\n    searched  no folder")
                .hasMessageContaining("install   the NVIDIA driver 525 or newer");
    }

    @Test
    void otherSystemsAreToldThatThereAreNoNatives() {
        LibrarySearch search = search(Map.of(), Map.of());
        assertThatThrownBy(() -> CudaLibraries.find(search, "Mac OS X", "aarch64"))
                .hasMessage(
                        "[cuda] no natives for Mac OS X on aarch64: the CUDA backend runs on Linux x86-64; use the CPU"
                                + " here");
    }

    @Test
    void librariesAreOptional() throws IOException {
        file("usr/lib64/libcuda.so.1");
        CudaLibraries found = CudaLibraries.find(search(Map.of(), Map.of()), "Linux", "amd64");
        assertThat(found.cudnn()).isNull();
        assertThat(found.cublas()).isNull();
        assertThat(found.missing("cuDNN"))
                .startsWith("cuDNN missing: libcudnn.so.9 was not found\n    searched  ")
                .contains(root + "/usr/lib64", "install   cuDNN 9", "aorta.cuda.path", "aorta.cuda.libraries=none");
        assertThat(found.missing("cuBLAS")).contains("libcublas.so.12 or libcublas.so.13", "install   cuBLAS 12 or 13");
    }
}
