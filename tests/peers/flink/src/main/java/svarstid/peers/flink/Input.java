package svarstid.peers.flink;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import svarstid.peers.Event;
import svarstid.peers.Passes;

final class Input implements KafkaRecordDeserializationSchema<Event> {
    private final String decode;
    private transient Passes passes;

    Input(String decode) {
        this.decode = decode;
    }

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
        passes = Passes.by(decode);
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Event> out) {
        Event event = passes.read(record.value());
        event.queue = new String(record.key(), StandardCharsets.UTF_8);
        out.collect(event);
    }

    @Override
    public TypeInformation<Event> getProducedType() {
        return Types.EVENT;
    }
}
