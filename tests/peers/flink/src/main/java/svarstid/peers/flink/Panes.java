package svarstid.peers.flink;

import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.TimeDomain;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import svarstid.peers.Event;
import svarstid.peers.Panes.Figures;

/**
 * Windows of a minute as a process function with timers. A pane that changed has one timer of processing time, at the next
 * whole multiple of the interval of checkpoints: its latest revision goes out then, once. Flink's own triggers emit either for
 * each record or, the continuous ones, also what did not change. A timer of event time deletes the pane after the lateness.
 */
final class Panes extends KeyedProcessFunction<PaneKey, Event, OutputRecord> implements CheckpointedFunction, CheckpointListener {
    private static final long MINUTE_MS = 60_000;
    private final long latenessMs;
    private final long intervalMs;
    private transient ValueState<Changing> panes;
    private transient OutputRecord record;
    private transient int subtasks;

    Panes(Duration lateness, Duration interval) {
        latenessMs = lateness.toMillis();
        intervalMs = Math.max(1, interval.toMillis());
    }

    /** The figures, and whether a timer of processing time waits to send them out. */
    static final class Changing {
        final Figures figures;
        boolean changed;

        Changing(Figures figures, boolean changed) {
            this.figures = figures;
            this.changed = changed;
        }
    }

    @Override
    public void open(OpenContext context) {
        panes = getRuntimeContext().getState(new ValueStateDescriptor<>("panes", Types.CHANGING));
        record = new OutputRecord();
        subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    }

    @Override
    public void processElement(Event event, Context context, Collector<OutputRecord> out) throws Exception {
        long closesMs = (event.minute() + 1) * MINUTE_MS + latenessMs;
        if (closesMs <= context.timerService().currentWatermark()) {
            Progress.LATE.increment();
            Progress.PROCESSED.increment();
            return;
        }
        Changing pane = panes.value();
        if (pane == null) {
            pane = new Changing(new Figures(), false);
            context.timerService().registerEventTimeTimer(closesMs);
        }
        pane.figures.add(event.result, event.waitUs);
        if (!pane.changed) {
            pane.changed = true;
            Progress.CHANGED.increment();
            long nowMs = context.timerService().currentProcessingTime();
            context.timerService().registerProcessingTimeTimer((nowMs / intervalMs + 1) * intervalMs);
        }
        panes.update(pane);
        Progress.PROCESSED.increment();
    }

    @Override
    public void onTimer(long timestampMs, OnTimerContext context, Collector<OutputRecord> out) throws Exception {
        Changing pane = panes.value();
        if (pane == null) return; // closed before its timer of processing time
        boolean closes = context.timeDomain() == TimeDomain.EVENT_TIME;
        if (pane.changed) {
            record.set(context.getCurrentKey(), pane.figures);
            out.collect(record);
            pane.changed = false;
            Progress.CHANGED.decrement();
            if (!closes) panes.update(pane);
        }
        if (closes) panes.clear();
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {}

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
        Progress.snapshot(context.getCheckpointId(), subtasks);
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
        Progress.complete(checkpoint);
    }
}
