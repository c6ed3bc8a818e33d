package svarstid.peers.streams;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.WindowStore;
import svarstid.peers.Arguments;
import svarstid.peers.Event;
import svarstid.peers.Panes;
import svarstid.peers.Panes.Figures;
import svarstid.peers.Passes;

/** The topology. */
final class Job {
    private static final String[] DIRECTIONS = {"external", "internal"};
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private final Arguments arguments;
    private final String out;
    private final LongAdder processed;

    Job(Arguments arguments, String out, LongAdder processed) {
        this.arguments = arguments;
        this.out = out;
        this.processed = processed;
    }

    /**
     * The direction is part of a pane's key but not of the record's. A new key would send every record through a repartition
     * topic; a branch for each direction leaves the key, and with it the partition, as it is.
     */
    Topology topology(Properties settings) {
        StreamsBuilder builder = new StreamsBuilder();
        Serde<Event> events = Codecs.events(arguments.text("decode", "specific"));
        Passes.by(arguments.text("decode", "specific")); // an unknown one is told before anything starts
        KStream<String, Event> passes = builder.stream(arguments.in(), Consumed.with(Serdes.String(), events)
            .withTimestampExtractor((record, previous) -> Math.floorDiv(((Event) record.value()).joinedUs, 1000)))
            .peek((queue, event) -> processed.increment());
        for (int direction = 0; direction < DIRECTIONS.length; direction++) {
            branch(passes, direction, events);
        }
        return builder.build(settings);
    }

    private void branch(KStream<String, Event> passes, int direction, Serde<Event> events) {
        String word = DIRECTIONS[direction];
        TimeWindows minutes = TimeWindows.ofSizeAndGrace(MINUTE, Duration.ofSeconds(arguments.lateness()));
        passes.filter((queue, event) -> event.direction == direction)
            .groupByKey(Grouped.with(Serdes.String(), events))
            .windowedBy(minutes)
            .aggregate(Figures::new, (queue, event, figures) -> figures.add(event.result, event.waitUs), store("panes-" + word))
            .toStream((window, figures) -> key(window, word))
            .to(out, Produced.with(Serdes.String(), Codecs.output()));
    }

    private Materialized<String, Figures, WindowStore<Bytes, byte[]>> store(String name) {
        String store = arguments.text("store", "rocksdb");
        Materialized<String, Figures, WindowStore<Bytes, byte[]>> materialized = Materialized.as(name);
        switch (store) {
            case "rocksdb" -> materialized.withStoreType(BuiltInDslStoreSuppliers.ROCKS_DB);
            case "memory" -> materialized.withStoreType(BuiltInDslStoreSuppliers.IN_MEMORY);
            default -> throw new IllegalArgumentException("store=" + store + ": there are `rocksdb` and `memory`");
        }
        return materialized.withKeySerde(Serdes.String()).withValueSerde(Codecs.store());
    }

    private static String key(Windowed<String> window, String direction) {
        return window.key() + "/" + direction + "/" + window.window().start() / MINUTE.toMillis();
    }
}
