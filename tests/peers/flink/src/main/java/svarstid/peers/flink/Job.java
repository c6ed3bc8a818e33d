package svarstid.peers.flink;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import svarstid.peers.Arguments;
import svarstid.peers.Event;
import svarstid.peers.Passes;

/** The job graph: source → by pane → panes → sink. */
final class Job {
    private final Arguments arguments;
    private final String out;
    private final int parallelism;

    Job(Arguments arguments, String out, int parallelism) {
        this.arguments = arguments;
        this.out = out;
        this.parallelism = parallelism;
    }

    JobClient start() throws Exception {
        Configuration settings = settings();
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
        environment.setParallelism(parallelism);
        environment.setMaxParallelism(128);
        Duration interval = Duration.ofMillis(arguments.number("interval", 1000));
        environment.enableCheckpointing(interval.toMillis(), CheckpointingMode.EXACTLY_ONCE);
        environment.fromSource(source(), WatermarkStrategy.forGenerator(c -> new EventTime())
                .withTimestampAssigner((event, previous) -> Math.floorDiv(event.joinedUs, 1000)), "passes", Types.EVENT)
            .keyBy(PaneKey::of, Types.PANE_KEY)
            .process(new Panes(Duration.ofSeconds(arguments.lateness()), interval), Types.RECORD)
            .sinkTo(sink());
        return environment.executeAsync("window stage");
    }

    /** Whatever is not set here has its default; what was given with a dot goes before. */
    private Configuration settings() {
        Configuration settings = new Configuration();
        String folder = arguments.text("folder", System.getProperty("java.io.tmpdir") + "/svarstid-peers");
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        settings.set(PipelineOptions.GENERIC_TYPES, false);
        settings.set(TaskManagerOptions.NUM_TASK_SLOTS, parallelism);
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(128));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(128));
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, Path.of(folder).toAbsolutePath().toUri() + "flink-checkpoints");
        settings.set(CoreOptions.TMP_DIRS, folder);
        settings.set(StateBackendOptions.STATE_BACKEND, backend());
        settings.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        settings.setString("state.backend.rocksdb.timer-service.factory", "HEAP");
        arguments.settings.forEach((key, value) -> settings.setString((String) key, (String) value));
        return settings;
    }

    private String backend() {
        String store = arguments.text("store", "rocksdb");
        return switch (store) {
            case "rocksdb" -> "rocksdb";
            case "memory" -> "hashmap";
            default -> throw new IllegalArgumentException("store=" + store + ": there are `rocksdb` and `memory`");
        };
    }

    private KafkaSource<Event> source() {
        String decode = arguments.text("decode", "specific");
        Passes.by(decode); // an unknown one is told before anything starts
        return KafkaSource.<Event>builder()
            .setBootstrapServers(arguments.bootstrap())
            .setTopics(arguments.in())
            .setGroupId(arguments.text("group", "bench-flink"))
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setDeserializer(new Input(decode))
            .setProperty("commit.offsets.on.checkpoint", "false")
            .build();
    }

    private KafkaSink<OutputRecord> sink() {
        return KafkaSink.<OutputRecord>builder()
            .setBootstrapServers(arguments.bootstrap())
            .setRecordSerializer(new Output(out))
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(arguments.text("group", "bench-flink") + "-" + ProcessHandle.current().pid())
            // below the broker's limit of 15 minutes
            .setProperty("transaction.timeout.ms", "600000")
            .setProperty("batch.size", String.valueOf(64 << 10))
            .setProperty("linger.ms", "100")
            .setProperty("compression.type", arguments.compression())
            .build();
    }
}
