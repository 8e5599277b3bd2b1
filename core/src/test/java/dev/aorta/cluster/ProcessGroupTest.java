package dev.aorta.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ProcessGroupTest {
    private static final String HOST = "127.0.0.1";
    private static final VarHandle NUMBERS = MethodHandles.arrayElementVarHandle(float[].class);

    /** What each member of a group does. */
    private interface Deed {
        Object of(ProcessGroup group) throws Exception;
    }

    private static Membership member(int rank, int size, int port, String secret) {
        return new Membership(rank, size, HOST, port, secret, Duration.ofSeconds(20), Duration.ofSeconds(2));
    }

    /** What each member came to, or the exception that ended it. */
    private static List<Object> run(int size, Deed deed) throws Exception {
        int port = Processes.freePort();
        List<Callable<Object>> members = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            Membership me = member(rank, size, port, "s");
            members.add(() -> {
                try (ProcessGroup group = me.join()) {
                    return deed.of(group);
                }
            });
        }
        return results(members);
    }

    private static List<Object> results(List<Callable<Object>> members) throws InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Object> results = new ArrayList<>();
            for (Future<Object> future : threads.invokeAll(members)) {
                try {
                    results.add(future.get());
                } catch (ExecutionException e) {
                    results.add(e.getCause());
                }
            }
            return results;
        }
    }

    private static float[] numbers(int rank, int n) {
        SplittableRandom random = new SplittableRandom(rank);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100_003})
    void addsInTheOrderOfATreeOverTheRanks(int n) throws Exception {
        List<Object> sums = run(4, group -> {
            float[] own = numbers(group.rank(), n);
            group.allReduce(own);
            return own;
        });
        float[] expected = new float[n];
        float[][] x = {numbers(0, n), numbers(1, n), numbers(2, n), numbers(3, n)};
        for (int i = 0; i < n; i++) {
            expected[i] = (x[0][i] + x[1][i]) + (x[2][i] + x[3][i]);
        }
        assertThat(sums).allSatisfy(sum -> assertThat((float[]) sum).isEqualTo(expected));
    }

    @Test
    void bytesOfAllGoToAllInTheOrderOfTheRanks() throws Exception {
        int[] lengths = {0, 1, 300_001, 70_000};
        byte[][] contents = new byte[lengths.length][];
        for (int r = 0; r < lengths.length; r++) {
            contents[r] = new byte[lengths[r]];
            new Random(r).nextBytes(contents[r]);
        }
        assertThat(run(4, group -> group.allGather(contents[group.rank()])))
                .hasSize(4)
                .allSatisfy(all -> assertThat((byte[][]) all).isDeepEqualTo(contents));
        assertThat(run(2, group -> group.allGather(new byte[0])))
                .allSatisfy(all -> assertThat((byte[][]) all).isDeepEqualTo(new byte[2][0]));
        assertThat(ProcessGroup.alone().allGather(contents[2])).isDeepEqualTo(new byte[][] {contents[2]});
    }

    /** Each process is ready with its numbers in an order of its own, some of them while others wait already. */
    @Test
    void addsWhatIsReadyInAnyOrder() throws Exception {
        int n = 300_001;
        List<Object> sums = run(4, group -> {
            float[] own = numbers(group.rank(), n);
            float[] values = new float[n];
            for (int round = 0; round < 3; round++) {
                PendingSum sum = group.begin(values);
                List<Integer> cuts = new ArrayList<>();
                for (int i = 0; i < n; i += 7919) {
                    cuts.add(i);
                }
                Collections.shuffle(cuts, new Random(31 * round + group.rank()));
                for (int from : cuts) {
                    int to = Math.min(n, from + 7919);
                    System.arraycopy(own, from, values, from, to - from);
                    sum.ready(from, to);
                }
                sum.await();
            }
            return values;
        });
        float[] expected = new float[n];
        float[][] x = {numbers(0, n), numbers(1, n), numbers(2, n), numbers(3, n)};
        for (int i = 0; i < n; i++) {
            expected[i] = (x[0][i] + x[1][i]) + (x[2][i] + x[3][i]);
        }
        assertThat(sums).allSatisfy(sum -> assertThat((float[]) sum).isEqualTo(expected));
    }

    /** The second half is held back until the first has come back: it travels by itself. */
    @Test
    void sumsWhatIsReadyWhileTheRestIsComputed() throws Exception {
        int half = 1 << 17;
        assertThat(run(2, group -> {
                    float[] values = new float[2 * half];
                    Arrays.fill(values, 1);
                    PendingSum sum = group.begin(values);
                    sum.ready(0, half);
                    for (int i = 0; i < half; i++) {
                        while ((float) NUMBERS.getVolatile(values, i) != 2) {
                            Thread.sleep(1);
                        }
                    }
                    sum.ready(half, 2 * half);
                    sum.await();
                    return values[2 * half - 1];
                }))
                .containsExactly(2f, 2f);
    }

    @Test
    void tellsAtTheEndWhatFailedOnTheWay() throws Exception {
        List<Object> results = run(2, group -> {
            if (group.rank() == 1) {
                return "left";
            }
            PendingSum sum = group.begin(new float[100_000]);
            sum.ready(0, 50_000);
            Thread.sleep(200);
            sum.ready(50_000, 100_000);
            assertThatThrownBy(sum::await).isInstanceOf(ClusterException.class).hasMessageContaining("process 1");
            return "told";
        });
        assertThat(results).containsExactly("told", "left");
    }

    @Test
    void refusesASumInASumAndOneThatIsNotReady() throws Exception {
        assertThat(run(2, group -> {
                    PendingSum sum = group.begin(new float[10]);
                    sum.ready(0, 9);
                    assertThatThrownBy(() -> group.begin(new float[1])).hasMessageContaining("not waited for");
                    assertThatThrownBy(() -> group.broadcast(new byte[1])).hasMessageContaining("not waited for");
                    assertThatThrownBy(sum::await).hasMessageContaining("1 of its numbers");
                    sum.ready(9, 10);
                    sum.await();
                    return "refused";
                }))
                .containsExactly("refused", "refused");
    }

    @Test
    void givesAllWhatTheFirstHas() throws Exception {
        byte[] content = new byte[200_000];
        Arrays.fill(content, (byte) 7);
        assertThat(run(4, group -> group.broadcast(group.rank() == 0 ? content : new byte[0])))
                .allSatisfy(got -> assertThat((byte[]) got).isEqualTo(content));
    }

    /** Who hears of it leaves too, and may be the first of whom others hear; the chain leads to the one that began. */
    @Test
    void saysWhoHasLeft() throws Exception {
        List<Object> results = run(4, group -> {
            if (group.rank() == 2) {
                return "left";
            }
            group.allReduce(new float[10]);
            return "stayed";
        });
        assertThat(results.get(2)).isEqualTo("left");
        List<Object> others = List.of(results.get(0), results.get(1), results.get(3));
        assertThat(others)
                .allSatisfy(e -> assertThat(e)
                        .isInstanceOf(ClusterException.class)
                        .asString()
                        .contains("start all processes again to go on from the last checkpoint"));
        assertThat(others)
                .anySatisfy(e -> assertThat(e).asString().contains("[cluster] process 2 (/127.0.0.1:", "has left"));
    }

    @Test
    void doesNotWaitForOneThatHangs() throws Exception {
        int port = Processes.freePort();
        Callable<Object> silent = () -> {
            Rendezvous hangs =
                    new Rendezvous(new Membership(1, 2, HOST, port, "", Duration.ofSeconds(20), Duration.ofDays(1)));
            try (ProcessGroup group = hangs.meet()) {
                Thread.sleep(4000);
                return group.rank();
            }
        };
        Callable<Object> waits = () -> {
            try (ProcessGroup group = member(0, 2, port, "").join()) {
                long begin = System.nanoTime();
                assertThatThrownBy(() -> group.allReduce(new float[8]))
                        .isInstanceOf(ClusterException.class)
                        .hasMessageContaining("process 1 (/127.0.0.1:")
                        .hasMessageContaining("has said nothing for 2 s");
                return Duration.ofNanos(System.nanoTime() - begin).toSeconds();
            }
        };
        assertThat(results(List.of(waits, silent)).getFirst()).isEqualTo(2L);
    }

    @Test
    void signsOfLifeKeepASlowOneInTheGroup() throws Exception {
        assertThat(run(2, group -> {
                    if (group.rank() == 1) {
                        Thread.sleep(2600);
                    }
                    float[] one = {1};
                    group.allReduce(one);
                    return one[0];
                }))
                .containsExactly(2f, 2f);
    }

    @Test
    void saysThatProgramsDiffer() throws Exception {
        assertThat(run(2, group -> {
                    group.allReduce(new float[group.rank() == 0 ? 10 : 20]);
                    return group;
                }))
                .anySatisfy(e -> assertThat(e)
                        .isInstanceOfSatisfying(
                                ClusterException.class, x -> assertThat(x).hasMessageContaining("out of step")));
    }

    @Test
    void sendsAwayWhoDoesNotKnowTheSecret() throws Exception {
        int port = Processes.freePort();
        Callable<Object> stranger = () -> member(1, 2, port, "guess").join();
        Callable<Object> scanner = () -> {
            Thread.sleep(300);
            try (Socket socket = new Socket(HOST, port)) {
                socket.getOutputStream()
                        .write("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                return socket.getInputStream().read();
            }
        };
        Callable<Object> late = () -> {
            Thread.sleep(1000);
            return sum(member(1, 2, port, "s"));
        };
        Callable<Object> ofAnotherGroup = () -> member(3, 4, port, "s").join();
        List<Object> results =
                results(List.of(() -> sum(member(0, 2, port, "s")), stranger, scanner, late, ofAnotherGroup));
        assertThat(results.get(0)).isEqualTo(2f);
        assertThat(results.get(4)).asString().contains("it has no place for process 3 of 4; look whether RANK");
        assertThat(results.get(1)).asString().contains("does not know the AORTA_SECRET of this process");
        assertThat(results.get(3)).isEqualTo(2f);
    }

    private static float sum(Membership member) throws IOException {
        try (ProcessGroup group = member.join()) {
            float[] one = {1};
            group.allReduce(one);
            return one[0];
        }
    }

    @Test
    void saysWhoHasNotCome() throws Exception {
        Membership me =
                new Membership(0, 4, HOST, Processes.freePort(), "", Duration.ofMillis(300), Duration.ofSeconds(1));
        assertThatThrownBy(me::join)
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("these processes were not there, seen from process 0: 1, 2, 3");
        Membership other =
                new Membership(1, 4, HOST, Processes.freePort(), "", Duration.ofMillis(300), Duration.ofSeconds(1));
        assertThatThrownBy(other::join).hasMessageContaining("seen from process 1: 0, 2, 3");
    }

    /** The system makes such a connection while process 0 does not listen yet, when it happens to give the socket that very port. */
    @Test
    void aSocketThatIsConnectedWithItselfIsNotProcess0() throws Exception {
        InetSocketAddress place = new InetSocketAddress(HOST, Processes.freePort());
        try (Socket socket = new Socket()) {
            socket.bind(place);
            socket.connect(place);
            assertThat(Rendezvous.isWithItself(socket)).isTrue();
        }
        try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getByName(HOST));
                Socket socket = new Socket(HOST, door.getLocalPort())) {
            assertThat(Rendezvous.isWithItself(socket)).isFalse();
        }
    }

    @Test
    void readsTheEnvironmentOfOtherLaunchers() {
        Map<String, String> environment =
                Map.of("RANK", "3", "WORLD_SIZE", "4", "MASTER_ADDR", "node0", "MASTER_PORT", "29500");
        Membership me = Membership.of(environment);
        assertThat(me.rank()).isEqualTo(3);
        assertThat(me.size()).isEqualTo(4);
        assertThat(me.host()).isEqualTo("node0");
        assertThat(me.port()).isEqualTo(29500);
        assertThat(Membership.of(Map.of()).size()).isEqualTo(1);
        assertThatThrownBy(() -> Membership.of(Map.of("WORLD_SIZE", "2")))
                .hasMessageContaining("WORLD_SIZE is set and RANK is not");
        assertThatThrownBy(() -> Membership.of(Map.of("WORLD_SIZE", "three"))).hasMessageContaining("'three'");
        assertThatThrownBy(() -> Membership.of(0, 3, HOST, 1, "")).hasMessageContaining("power of two, and is 3");
        assertThatThrownBy(() -> Membership.of(2, 2, HOST, 1, "")).hasMessageContaining("RANK must be 0 to 1");
    }
}
