package svarstid.peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Times the job from the first record after the warmup until everything is committed and readable. */
public final class Measure {
    private final Arguments arguments;
    private final LongAdder processed;
    private final LongSupplier commits;
    private long records, startNs, startCpuNs, startCommits;
    private double startupS, seconds, cpuS;
    private long ended;

    public Measure(Arguments arguments, LongAdder processed, LongSupplier commits) {
        this.arguments = arguments;
        this.processed = processed;
        this.commits = commits;
    }

    /** False if it took longer than `maxsecs`. `done` is asked only once all records were processed. */
    public boolean run(BooleanSupplier done) throws InterruptedException {
        long began = System.nanoTime();
        long warmup = Math.max(1, arguments.number("warmup", 0));
        long n = arguments.records();
        BooleanSupplier tooLong = () -> System.nanoTime() - began > arguments.number("maxsecs", 600) * 1_000_000_000L;
        while (processed.sum() == 0 && !tooLong.getAsBoolean()) Thread.sleep(1);
        startupS = (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1e3;
        while (processed.sum() < warmup && !tooLong.getAsBoolean()) Thread.sleep(1);
        startCommits = commits.getAsLong();
        startCpuNs = cpuNs();
        startNs = System.nanoTime();
        records = n - processed.sum();
        while ((processed.sum() < n || !done.getAsBoolean()) && !tooLong.getAsBoolean()) Thread.sleep(2);
        seconds = (System.nanoTime() - startNs) / 1e9;
        cpuS = (cpuNs() - startCpuNs) / 1e9;
        ended = processed.sum();
        return !tooLong.getAsBoolean();
    }

    public String json(String peer, long late) throws IOException {
        return String.format(Locale.ROOT, "{\"peer\":\"%s\",\"store\":\"%s\",\"decode\":\"%s\",\"n\":%d,\"records\":%d,\"seconds\":%.3f,"
            + "\"records_per_s\":%.0f,\"cpu_s\":%.2f,\"memory_peak_mb\":%d,\"startup_s\":%.2f,\"commits\":%d,\"late\":%d}",
            peer, arguments.text("store", "rocksdb"), arguments.text("decode", "specific"), ended, records, seconds,
            records / seconds, cpuS, memoryPeakMb(), startupS, commits.getAsLong() - startCommits, late);
    }

    /** Of the whole process: what the JIT and the collector take counts. */
    private static long cpuNs() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long memoryPeakMb() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM")).findFirst()
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024).orElse(0L);
        }
    }
}
