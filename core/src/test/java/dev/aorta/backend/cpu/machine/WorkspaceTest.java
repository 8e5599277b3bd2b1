package dev.aorta.backend.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
    private final Workspace workspace = new Workspace(new Parallel(1), new BufferPool());

    @AfterEach
    void close() {
        workspace.parallel().close();
    }

    @Test
    void whatIsLentComesBackWhenTheKernelFails() {
        assertThatThrownBy(() -> workspace.lend(5, array -> {
                    throw new OutOfMemoryError("in the kernel");
                }))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(workspace.pool().freeElements()).isEqualTo(5);
    }

    @Test
    void gradientIsCutInACopyThatComesBack() {
        float[] dy = {1, 2, 3, 4};
        Gradient whole = new Gradient(dy, null);
        whole.cut(workspace, array -> assertThat(array).isSameAs(dy));
        Gradient cut = new Gradient(dy, new float[] {1, 0, Float.NaN, 2});
        assertThatThrownBy(() -> cut.cut(workspace, array -> {
                    assertThat(array).containsExactly(1, 0, 0, 4);
                    throw new IllegalStateException("in the kernel");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(workspace.pool().freeElements()).isEqualTo(4);
        assertThat(cut.at(1)).isZero();
        assertThat(cut.at(3)).isEqualTo(4);
    }
}
