package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Unary;
import dev.aorta.backend.reference.ReferenceBackend;
import dev.aorta.op.CustomOp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The example of an op of a user's own in docs/extending.md, and what its author gets wrong. */
class ExtendingTest {
    // docs: op
    /** {@code y = x^3}. Input: x. */
    record Cube(Shape outputShape) implements CustomOp {
        static Tensor of(Tensor x) {
            return Tensor.apply(new Cube(x.shape()), x);
        }

        @Override
        public String name() {
            return "cube";
        }

        @Override
        public void forward(Call c) {
            Buffer x = c.in()[0];
            c.backend().binary(c.out(), x, x, Binary.MUL, same());
            c.backend().binary(c.out(), c.out(), x, Binary.MUL, same());
        }

        @Override
        public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
            Buffer g = dx[0]; // null where nobody needs it
            if (g != null) {
                Backend b = c.backend();
                b.unary(g, c.in()[0], Unary.of(Unary.Kind.SQUARE));
                b.unary(g, g, Unary.affine(3, 0));
                b.binary(g, g, dy, Binary.MUL, same());
            }
        }

        private Broadcast same() {
            return Broadcast.same(outputShape);
        }
    }
    // docs: op

    @Test
    void anOpOfAUsersOwnIsDifferentiated() {
        // docs: check
        try (Device device = Device.reference();
                Scope scope = Scope.open()) {
            Tensor x = Tensor.of(device, new float[] {0.5f, -2, 3}, 3).requireGradient();
            GradientCheck.of(t -> Cube.of(t[0]), x).requirePassed();
        }
        // docs: check
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(Device.cpu(), new float[] {1, -2, 3}, 3).requireGradient();
            Tensor y = Cube.of(x.mul(2));
            assertThat(Recorded.ops()).last().isEqualTo(new Cube(Shape.of(3)));
            assertThat(y.toArray()).containsExactly(8, -64, 216);
            assertThat(y.sum().backward().of(x).toArray()).containsExactly(24, 96, 216);
        }
    }

    @Test
    void theExamplesStandInTheDocs() throws IOException {
        Path root = Path.of(System.getProperty("aorta.root"));
        String test = Files.readString(root.resolve("core/src/test/java/dev/aorta/ExtendingTest.java"));
        String docs = Files.readString(root.resolve("docs/extending.md"));
        for (String example : new String[] {"op", "check"}) {
            String code = test.split(" +// docs: " + example + "\n")[1];
            int indent = code.indexOf(code.strip());
            assertThat(docs).contains("```java\n" + code.indent(-indent) + "```");
        }
    }

    @Test
    void operandsAreChecked() {
        ReferenceBackend backend = new ReferenceBackend();
        Device device = Device.of(backend);
        CustomOp cube = new Cube(Shape.of(1));
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.zeros(device, Shape.of(1));
            Tensor elsewhere = Tensor.zeros(Device.cpu(), Shape.of(1));
            Tensor[] absent = new Tensor[1];
            assertThatThrownBy(() -> Tensor.apply(cube)).hasMessage("[cube] needs at least one input");
            assertThatThrownBy(() -> Tensor.apply(cube, new Tensor[] {x, absent[0]}))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessage("[cube] input 1 is null");
            assertThatThrownBy(() -> Tensor.apply(cube, x, elsewhere))
                    .hasMessageStartingWith("[cube] operands live on different devices, reference and cpu");
            x.release();
            assertThatThrownBy(() -> Tensor.apply(cube, x))
                    .hasMessage("[tensor] [1] was freed because release() was called");
        }
        assertThat(backend.liveBuffers()).isZero();
    }

    @Test
    void aWrongDerivativeIsNamed() {
        record Wrong(Shape outputShape) implements CustomOp {
            @Override
            public String name() {
                return "wrong";
            }

            @Override
            public void forward(Call c) {
                c.backend().binary(c.out(), c.in()[0], c.in()[1], Binary.MUL, Broadcast.same(outputShape));
            }

            @Override
            public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
                for (Buffer d : dx) {
                    if (d != null) {
                        c.backend()
                                .binary(
                                        d,
                                        dy,
                                        c.in()[1],
                                        Binary.MUL,
                                        Broadcast.same(outputShape)); // right for the first input alone
                    }
                }
            }
        }
        try (Device device = Device.reference();
                Scope scope = Scope.open()) {
            Tensor x = Tensor.of(device, new float[] {2, 3}, 2).requireGradient();
            Tensor y = Tensor.of(device, new float[] {2, 5}, 2).requireGradient();
            GradientCheck check = GradientCheck.of(
                    t -> Tensor.apply(new Wrong(Shape.of(2)), t).sum(), x, y);
            assertThat(check.entries()).hasSize(4);
            assertThat(check.mismatches(1e-7, 1e-6)).hasSize(1).first().satisfies(wrong -> {
                assertThat(wrong.input()).isEqualTo(1);
                assertThat(wrong.element()).isEqualTo(1);
                assertThat(wrong.analytic() / wrong.numeric()).isCloseTo(5 / 3.0, offset(1e-6));
            });
            assertThatThrownBy(check::requirePassed)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("[gradient check] 1 of 4 derivatives are not those of central differences")
                    .hasMessageContaining("input 1, element 1: analytic ");
            assertThat(x.toArray()).as("unchanged").containsExactly(2, 3);
        }
    }

    @Test
    void aGradientCheckNeedsWhatItNeeds() {
        try (Device device = Device.reference();
                Scope scope = Scope.open()) {
            Tensor constant = Tensor.zeros(device, Shape.of(2));
            Tensor x = Tensor.of(device, new float[] {1, 2}, 2).requireGradient();
            assertThatThrownBy(() -> GradientCheck.of(t -> t[0].sum(), constant))
                    .hasMessageContaining("no input has a gradient");
            Tensor cpu = Tensor.zeros(Device.cpu(), Shape.of(2)).requireGradient();
            assertThatThrownBy(() -> GradientCheck.of(t -> t[0].sum(), cpu))
                    .hasMessageStartingWith("[gradient check] Tensor [2] on cpu is not on a Device.reference()");
            long[] seed = {0};
            assertThatThrownBy(() -> GradientCheck.of(t -> t[0].dropout(0.5f, seed[0]++), x))
                    .hasMessageContaining("for the same inputs: fix its seed");
            assertThatThrownBy(() -> GradientCheck.of(t -> constant.mul(t[0].detach()), x))
                    .isInstanceOf(IllegalStateException.class);
        }
    }
}
