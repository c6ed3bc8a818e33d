package svarstid.peers.flink;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import svarstid.peers.Event;

/**
 * The largest event time of a partition, as Kafka Streams' stream time: whatever comes out of order is left to the allowed
 * lateness. A watermark for each minute of event time, in line with the records, as panes are of minutes: with periodic ones
 * what is late would depend on how fast the topic is read.
 */
final class EventTime implements WatermarkGenerator<Event> {
    private static final long STEP_MS = 60_000;
    private long latestMs = Long.MIN_VALUE;
    private long emittedStep = Long.MIN_VALUE;

    @Override
    public void onEvent(Event event, long timestampMs, WatermarkOutput output) {
        if (timestampMs <= latestMs) return;
        latestMs = timestampMs;
        if (Math.floorDiv(latestMs, STEP_MS) != emittedStep) emit(output);
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        if (latestMs != Long.MIN_VALUE) emit(output);
    }

    private void emit(WatermarkOutput output) {
        emittedStep = Math.floorDiv(latestMs, STEP_MS);
        output.emitWatermark(new Watermark(latestMs));
    }
}
