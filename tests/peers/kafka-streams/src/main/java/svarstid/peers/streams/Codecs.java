package svarstid.peers.streams;

import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import svarstid.peers.Event;
import svarstid.peers.Panes;
import svarstid.peers.Panes.Figures;
import svarstid.peers.Passes;

/** How records are read and written. Streams shares one of each between its threads. */
final class Codecs {
    private Codecs() {}

    static Serde<Event> events(String decode) {
        ThreadLocal<Passes> passes = ThreadLocal.withInitial(() -> Passes.by(decode));
        Serializer<Event> never = (topic, event) -> {
            throw new UnsupportedOperationException("passes are only read");
        };
        return Serdes.serdeFrom(never, (topic, bytes) -> passes.get().read(bytes));
    }

    /** The store and its changelog: the pane without the header. */
    static Serde<Figures> store() {
        Deserializer<Figures> reads = (topic, bytes) -> bytes == null ? null : Panes.read(bytes);
        return Serdes.serdeFrom((topic, figures) -> figures == null ? null : Panes.bare(figures), reads);
    }

    static Serde<Figures> output() {
        Deserializer<Figures> never = (topic, bytes) -> {
            throw new UnsupportedOperationException("panes are only written");
        };
        return Serdes.serdeFrom((topic, figures) -> figures == null ? null : Panes.framed(figures), never);
    }
}
