package svarstid.peers.flink;

import java.nio.charset.StandardCharsets;
import svarstid.peers.Panes;
import svarstid.peers.Panes.Figures;

/** Key and value as they go to Kafka. */
final class OutputRecord {
    byte[] key;
    byte[] value;

    void set(PaneKey pane, Figures figures) {
        key = pane.text().getBytes(StandardCharsets.UTF_8);
        value = Panes.framed(figures);
    }
}
