package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.io.Json;
import dev.aorta.jmhgate.Host;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a result was measured on. */
public final class Machine {
    private Machine() {}

    /** Date, processor, system, JDK, its flags, and what Aorta makes of them. */
    public static Map<String, Object> describe() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("date", LocalDate.now().toString());
        facts.put("cpu", Host.processor());
        facts.put("processors", Runtime.getRuntime().availableProcessors());
        facts.put("memory", Host.field(Path.of("/proc/meminfo"), "MemTotal"));
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("jdk", System.getProperty("java.vendor.version") + " " + Runtime.version());
        facts.put("flags", ManagementFactory.getRuntimeMXBean().getInputArguments());
        facts.put("aorta", Device.cpu().backend().description());
        return facts;
    }

    /** Writes a result with the machine that it was measured on. */
    public static void write(Path file, Map<String, ?> result) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", describe());
        all.putAll(result);
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, Json.of(all).pretty());
    }

    /** Peak resident memory of this process in MiB, or -1 where the system does not tell. */
    public static long peakMemory() {
        String kilobytes = Host.field(Path.of("/proc/self/status"), "VmHWM").replaceAll("\\D", "");
        return kilobytes.isEmpty() ? -1 : Long.parseLong(kilobytes) / 1024;
    }

    /** Resident memory of a process in MiB, or -1 where the system does not tell. */
    public static long memory(long process) {
        String kilobytes =
                Host.field(Path.of("/proc/" + process + "/status"), "VmRSS").replaceAll("\\D", "");
        return kilobytes.isEmpty() ? -1 : Long.parseLong(kilobytes) / 1024;
    }
}
