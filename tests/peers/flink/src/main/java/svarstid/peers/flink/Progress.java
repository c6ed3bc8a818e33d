package svarstid.peers.flink;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** How far the job is: its subtasks are threads of this one process. */
final class Progress {
    static final LongAdder PROCESSED = new LongAdder();
    static final LongAdder LATE = new LongAdder();
    /** Panes whose latest revision was not sent out. */
    static final LongAdder CHANGED = new LongAdder();
    private static final AtomicLong LAST_COMPLETE = new AtomicLong();
    private static final LongAdder COMPLETE = new LongAdder();
    private static final Map<Long, Integer> AFTER_ALL = new ConcurrentHashMap<>();
    private static volatile long records = Long.MAX_VALUE;
    private static volatile boolean allComplete;

    private Progress() {}

    static void expect(long n) {
        records = n;
    }

    /** A subtask's part of a checkpoint: does it come after all records and all panes? */
    static void snapshot(long checkpoint, int subtasks) {
        if (PROCESSED.sum() < records || CHANGED.sum() > 0) return;
        AFTER_ALL.merge(checkpoint, 1, Integer::sum);
        Progress.subtasks = subtasks;
    }

    private static volatile int subtasks;

    static void complete(long checkpoint) {
        long before = LAST_COMPLETE.getAndAccumulate(checkpoint, Math::max);
        if (before < checkpoint) COMPLETE.increment();
        if (AFTER_ALL.getOrDefault(checkpoint, 0) == subtasks && subtasks > 0) allComplete = true;
    }

    static long checkpoints() {
        return COMPLETE.sum();
    }

    /** A checkpoint that holds everything is complete; what it commits may still be under way. */
    static boolean allComplete() {
        return allComplete;
    }
}
