package dev.aorta.backend;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Strided copies, concatenation, picked slices and enlargement. */
interface LayoutContract extends KernelContract {

    private static List<UpsampleShape> enlargements() {
        return IntStream.range(0, 60)
                .mapToObj(i -> {
                    Samples r = Samples.of("upsample size " + i);
                    return new UpsampleShape(
                            r.between(1, 2),
                            r.between(1, 5),
                            r.between(1, 5),
                            r.between(1, 18),
                            r.between(1, 4),
                            r.between(1, 4),
                            i % 2 == 0);
                })
                .toList();
    }

    @TestFactory
    default Stream<DynamicTest> copy() {
        return KernelContract.each(IntStream.range(0, 150).boxed().toList(), i -> {
            Samples r = Samples.of("copy " + i);
            int rank = r.between(1, 5);
            int[] extents = new int[rank];
            for (int axis = 0; axis < rank; axis++) {
                extents[axis] = r.between(1, i % 10 == 0 ? 40 / rank : 7);
            }
            boolean repeats = i % 4 == 1;
            Places to = places(r, extents, i % 3, false);
            Places from = places(r, extents, (i / 3) % 3, repeats);
            Strided s = Strided.of(extents, to.at, to.steps, from.at, from.steps);
            check("copy", s, r)
                    .update(r.normal(to.size))
                    .in(r.normal(from.size))
                    .exact()
                    .run((k, a) -> k.copy(a[0], a[1], s));
        });
    }

    /** Where the elements of a block lie in a larger array of so many elements. */
    record Places(int size, int at, int[] steps) {}

    /** A block in the order of its axes, with all axes exchanged, or in a larger array and partly backwards. */
    private static Places places(Samples r, int[] extents, int kind, boolean repeats) {
        int[] steps = new int[extents.length];
        int step = 1;
        int at = 0;
        for (int i = 0; i < extents.length; i++) {
            int axis = kind == 1 ? i : extents.length - 1 - i;
            boolean repeated = repeats && r.between(0, 1) == 0;
            boolean backwards = kind == 2 && r.between(0, 2) == 0;
            steps[axis] = repeated ? 0 : backwards ? -step : step;
            at += backwards && !repeated ? step * (extents[axis] - 1) : 0;
            step *= repeated ? 1 : extents[axis] + (kind == 2 ? r.between(0, 2) : 0);
        }
        return new Places(step + 3, at + 3, steps);
    }

    /** Parts of an array along an axis, some of them wide. */
    record Parts(ConcatShape shape) {
        int size(int part) {
            return shape.outer() * shape.extents()[part] * shape.inner();
        }

        int whole() {
            return shape.outer() * shape.extent() * shape.inner();
        }

        @Override
        public String toString() {
            return shape.outer() + " x " + Arrays.toString(shape.extents()) + " x " + shape.inner();
        }
    }

    private static List<Parts> parts() {
        return IntStream.range(0, 40)
                .mapToObj(i -> {
                    Samples r = Samples.of("parts " + i);
                    int[] extents = new int[r.between(1, 4)];
                    Arrays.setAll(extents, p -> r.between(1, 9) * (i % 3 == 0 ? 16 : 1));
                    return new Parts(new ConcatShape(r.between(1, 30), extents, i % 2 == 0 ? 1 : r.between(1, 20)));
                })
                .toList();
    }

    @TestFactory
    default Stream<DynamicTest> concat() {
        return KernelContract.each(parts(), s -> {
            Samples r = Samples.of("concat " + s);
            int count = s.shape().extents().length;
            KernelCheck check = check("concat", s, r).out(s.whole());
            for (int p = 0; p < count; p++) {
                check.in(r.normal(s.size(p)));
            }
            check.exact().run((k, a) -> k.concat(a[0], Arrays.copyOfRange(a, 1, 1 + count), s.shape()));
        });
    }

    @TestFactory
    default Stream<DynamicTest> split() {
        return KernelContract.each(parts(), s -> {
            Samples r = Samples.of("split " + s);
            int count = s.shape().extents().length;
            int unwanted = r.between(0, count);
            KernelCheck check = check("split", s + ", without " + unwanted, r).in(r.normal(s.whole()));
            for (int p = 0; p < count; p++) {
                if (p != unwanted) {
                    check.out(s.size(p));
                }
            }
            check.exact().run((k, a) -> {
                Buffer[] dx = new Buffer[count];
                int next = 1;
                for (int p = 0; p < count; p++) {
                    dx[p] = p == unwanted ? null : a[next++];
                }
                k.split(dx, a[0], s.shape());
            });
        });
    }

    private static List<GatherShape> picks() {
        return IntStream.range(0, 40)
                .mapToObj(i -> {
                    Samples r = Samples.of("gather size " + i);
                    return new GatherShape(r.between(1, 5), r.between(1, 9), r.between(1, 20), r.between(1, 40));
                })
                .toList();
    }

    @TestFactory
    default Stream<DynamicTest> gather() {
        return KernelContract.each(picks(), s -> {
            Samples r = Samples.of("gather " + s);
            check("gather", s, r)
                    .out(s.outer() * s.count() * s.inner())
                    .in(r.normal(s.outer() * s.length() * s.inner()))
                    .in(r.whole(s.count(), s.length()))
                    .exact()
                    .run((k, a) -> k.gather(a[0], a[1], a[2], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> gatherGrad() {
        return KernelContract.each(picks(), s -> {
            Samples r = Samples.of("gatherGrad " + s);
            check("gatherGrad", s, r)
                    .out(s.outer() * s.length() * s.inner())
                    .in(r.normal(s.outer() * s.count() * s.inner()))
                    .in(r.whole(s.count(), s.length()))
                    .sums(s.count())
                    .run((k, a) -> k.gatherGrad(a[0], a[1], a[2], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> upsample() {
        return KernelContract.each(enlargements(), s -> {
            Samples r = Samples.of("upsample " + s);
            KernelCheck check = check("upsample", s, r)
                    .out(s.output().size())
                    .in(r.normal(s.input().size()));
            (s.bilinear() ? check.sums(4) : check.exact()).run((k, a) -> k.upsample(a[0], a[1], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> upsampleGrad() {
        return KernelContract.each(enlargements(), s -> {
            Samples r = Samples.of("upsampleGrad " + s);
            check("upsampleGrad", s, r)
                    .out(s.input().size())
                    .in(r.normal(s.output().size()))
                    .sums(4 * s.factorH() * s.factorW())
                    .run((k, a) -> k.upsampleGrad(a[0], a[1], s));
        });
    }
}
