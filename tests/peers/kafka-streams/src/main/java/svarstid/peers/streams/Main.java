package svarstid.peers.streams;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import svarstid.peers.Arguments;
import svarstid.peers.Measure;
import svarstid.peers.Peer;
import svarstid.peers.Topics;

/** The window stage in Kafka Streams; the arguments are in README.md. */
public final class Main implements Peer {
    private static final String NAME = "kafka-streams";
    private final Arguments arguments;
    private final LongAdder processed = new LongAdder();
    private final Topics topics;
    private final KafkaStreams streams;
    private final Measure measure;

    private Main(Arguments arguments) {
        this.arguments = arguments;
        topics = new Topics(arguments.bootstrap());
        Properties settings = settings(arguments);
        streams = new KafkaStreams(new Job(arguments, arguments.out(NAME), processed).topology(settings), settings);
        measure = new Measure(arguments, processed, () -> total("stream-thread-metrics", "commit-total"));
    }

    /** Whatever is not set here has its default; what was given with a dot goes before. */
    private static Properties settings(Arguments arguments) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, group(arguments));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.bootstrap());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, arguments.text("threads", "2"));
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, arguments.text("interval", "100"));
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, arguments.number("cache_mb", 64) << 20);
        settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments.text("folder", System.getProperty("java.io.tmpdir") + "/svarstid-peers"));
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 64 << 10);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), arguments.compression());
        settings.putAll(arguments.settings);
        return settings;
    }

    private static String group(Arguments arguments) {
        return arguments.text("group", "bench-" + NAME);
    }

    private long total(String group, String name) {
        return (long) streams.metrics().values().stream()
            .filter(m -> m.metricName().group().equals(group) && m.metricName().name().equals(name))
            .mapToDouble(m -> (double) m.metricValue()).sum();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void start() {
        streams.start();
    }

    @Override
    public Measure measure() {
        return measure;
    }

    @Override
    public boolean committed() {
        return topics.committed(group(arguments), arguments.in()) >= arguments.records() && topics.allVisible(arguments.out(NAME));
    }

    @Override
    public long late() {
        return total("stream-task-metrics", "dropped-records-total");
    }

    @Override
    public void close() {
        streams.close(Duration.ofSeconds(30));
        topics.close();
    }

    public static void main(String[] words) throws Exception {
        Peer.main(NAME, words, Main::new);
    }
}
