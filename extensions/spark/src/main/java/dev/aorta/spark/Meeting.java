package dev.aorta.spark;

import dev.aorta.cluster.ProcessGroup;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkEnv;

/** How the tasks of a barrier stage become a group of processes. */
final class Meeting {
    private Meeting() {}

    /**
     * The group of a stage's tasks: worker 0 tells its port to the others, where its executor is they know.
     *
     * @param nonce of this attempt
     * @throws IOException when this process cannot listen
     */
    static ProcessGroup join(BarrierTaskContext task, String nonce) throws IOException {
        int rank = task.partitionId();
        int size = task.numPartitions();
        if (size == 1) {
            return ProcessGroup.alone();
        }
        int port = Integer.parseInt(task.allGather(rank == 0 ? Integer.toString(freePort()) : "")[0]);
        String address = task.getTaskInfos()[0].address();
        String host = address.substring(0, address.lastIndexOf(':')).replaceAll("[\\[\\]]", "");
        return ProcessGroup.join(rank, size, host, port, secret(nonce));
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    /** What only this application's executors know, as far as Spark has a secret; else what the driver made. */
    private static String secret(String nonce) {
        SecurityManager security = SparkEnv.get().securityManager();
        if (!security.isAuthenticationEnabled()) {
            return nonce;
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(security.getSecretKey().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(("aorta " + nonce).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
