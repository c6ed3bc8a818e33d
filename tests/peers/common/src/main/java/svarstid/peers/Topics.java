package svarstid.peers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** What the broker says of topics and groups. */
public final class Topics implements AutoCloseable {
    private final Admin admin;

    public Topics(String bootstrap) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        admin = Admin.create(settings);
    }

    public int partitions(String topic) {
        return partitionsOf(topic).size();
    }

    /** Kept for ever: Streams gives its output the time of the events, by which a broker deletes, also during a run. */
    public void create(String topic, int partitions) {
        NewTopic wanted = new NewTopic(topic, partitions, (short) 1).configs(Map.of("retention.ms", "-1"));
        get(() -> admin.createTopics(List.of(wanted)).all().get());
    }

    /** No transaction is open over what was written: a reader of committed records gets all of it. */
    public boolean allVisible(String topic) {
        List<TopicPartition> partitions = partitionsOf(topic);
        var written = ends(partitions, IsolationLevel.READ_UNCOMMITTED);
        return ends(partitions, IsolationLevel.READ_COMMITTED).equals(written)
            && written.values().stream().anyMatch(end -> end > 0);
    }

    /** How many records of the topic the group has read, as its committed offsets tell. */
    public long committed(String group, String topic) {
        var options = new ListConsumerGroupOffsetsOptions().requireStable(true);
        var offsets = get(() -> admin.listConsumerGroupOffsets(group, options).partitionsToOffsetAndMetadata().get());
        return offsets.entrySet().stream().filter(e -> e.getKey().topic().equals(topic) && e.getValue() != null)
            .mapToLong(e -> e.getValue().offset()).sum();
    }

    private Map<TopicPartition, Long> ends(List<TopicPartition> partitions, IsolationLevel level) {
        Map<TopicPartition, OffsetSpec> latest = partitions.stream().collect(Collectors.toMap(Function.identity(), p -> OffsetSpec.latest()));
        var offsets = get(() -> admin.listOffsets(latest, new ListOffsetsOptions(level)).all().get());
        Map<TopicPartition, Long> ends = new HashMap<>();
        offsets.forEach((partition, offset) -> ends.put(partition, offset.offset()));
        return ends;
    }

    private List<TopicPartition> partitionsOf(String topic) {
        var described = get(() -> admin.describeTopics(List.of(topic)).allTopicNames().get());
        return described.get(topic).partitions().stream().map(p -> new TopicPartition(topic, p.partition())).toList();
    }

    private interface Call<T> {
        T get() throws ExecutionException, InterruptedException;
    }

    private static <T> T get(Call<T> call) {
        try {
            return call.get();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
