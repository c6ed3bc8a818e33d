package svarstid.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.temporal.ChronoUnit;
import java.time.Instant;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import svarstid.peers.avro.Pass;

/** Reads passes. Not for several threads at once. */
public interface Passes {
    int HEADER_BYTES = 5;

    Event read(byte[] value);

    /** `specific`: Avro's reader of generated classes; `fast`: by hand. */
    static Passes by(String name) {
        return switch (name) {
            case "specific" -> new Specific();
            case "fast" -> new Fast();
            default -> throw new IllegalArgumentException("decode=" + name + ": there are `specific` and `fast`");
        };
    }

    /** With what Avro offers to reuse: its decoder and the record. */
    final class Specific implements Passes {
        private final SpecificDatumReader<Pass> reader;
        private BinaryDecoder decoder;
        private Pass pass;

        Specific() {
            reader = new SpecificDatumReader<>(Pass.class);
            reader.getSpecificData().setFastReaderEnabled(true);
        }

        @Override
        public Event read(byte[] value) {
            try {
                decoder = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, decoder);
                pass = reader.read(pass, decoder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Event event = new Event();
            event.direction = pass.getDirection().ordinal();
            event.joinedUs = ChronoUnit.MICROS.between(Instant.EPOCH, pass.getJoinedAt());
            event.waitUs = pass.getWaitUs();
            event.result = pass.getResult().ordinal();
            return event;
        }
    }

    /** Only the numbers: site and queue are in the record's key already. */
    final class Fast implements Passes {
        @Override
        public Event read(byte[] value) {
            Varints in = new Varints(value, HEADER_BYTES);
            in.skipString();
            in.skipString();
            Event event = new Event();
            event.direction = (int) in.readLong();
            event.joinedUs = in.readLong();
            event.waitUs = in.readLong();
            event.result = (int) in.readLong();
            return event;
        }
    }
}
