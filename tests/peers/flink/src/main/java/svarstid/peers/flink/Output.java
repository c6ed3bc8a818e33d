package svarstid.peers.flink;

import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** No partition is named: Kafka's own partitioner takes the key's, as with Streams. */
final class Output implements KafkaRecordSerializationSchema<OutputRecord> {
    private final String topic;

    Output(String topic) {
        this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(OutputRecord record, KafkaSinkContext context, Long timestampMs) {
        return new ProducerRecord<>(topic, record.key, record.value);
    }
}
