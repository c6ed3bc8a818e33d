package svarstid.peers.flink;

import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import svarstid.peers.Event;
import svarstid.peers.Panes;
import svarstid.peers.flink.Panes.Changing;

/** The types of the job, each with a serializer by hand: the quickest there is in Flink. */
public final class Types {
    static final TypeInformation<Event> EVENT = new OwnType<>(Event.class, new Events());
    static final TypeInformation<PaneKey> PANE_KEY = new OwnType<>(PaneKey.class, new Keys());
    static final TypeInformation<Changing> CHANGING = new OwnType<>(Changing.class, new Changings());
    static final TypeInformation<OutputRecord> RECORD = new OwnType<>(OutputRecord.class, new Records());

    private Types() {}

    static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static byte[] readBytes(DataInputView in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }

    /** Between source and panes. */
    static final class Events extends OwnSerializer<Event> {
        @Override
        public void serialize(Event event, DataOutputView out) throws IOException {
            out.writeUTF(event.queue);
            out.writeByte(event.direction);
            out.writeByte(event.result);
            out.writeLong(event.joinedUs);
            out.writeLong(event.waitUs);
        }

        @Override
        public Event deserialize(DataInputView in) throws IOException {
            return deserialize(new Event(), in);
        }

        @Override
        public Event deserialize(Event event, DataInputView in) throws IOException {
            event.queue = in.readUTF();
            event.direction = in.readByte();
            event.result = in.readByte();
            event.joinedUs = in.readLong();
            event.waitUs = in.readLong();
            return event;
        }

        @Override
        public Event createInstance() {
            return new Event();
        }

        @Override
        public TypeSerializerSnapshot<Event> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<Event> {
            public Snapshot() {
                super(Events::new);
            }
        }
    }

    static final class Keys extends OwnSerializer<PaneKey> {
        @Override
        public void serialize(PaneKey key, DataOutputView out) throws IOException {
            out.writeUTF(key.queue);
            out.writeByte(key.direction);
            out.writeLong(key.minute);
        }

        @Override
        public PaneKey deserialize(DataInputView in) throws IOException {
            return new PaneKey(in.readUTF(), in.readByte(), in.readLong());
        }

        @Override
        public boolean isImmutableType() {
            return true;
        }

        @Override
        public TypeSerializerSnapshot<PaneKey> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<PaneKey> {
            public Snapshot() {
                super(Keys::new);
            }
        }
    }

    /** The state. A copy is asked for by the state in memory, while a checkpoint still reads the old one. */
    static final class Changings extends OwnSerializer<Changing> {
        @Override
        public Changing copy(Changing from) {
            return new Changing(from.figures.copy(), from.changed);
        }

        @Override
        public void serialize(Changing pane, DataOutputView out) throws IOException {
            out.writeBoolean(pane.changed);
            writeBytes(Panes.bare(pane.figures), out);
        }

        @Override
        public Changing deserialize(DataInputView in) throws IOException {
            boolean changed = in.readBoolean();
            return new Changing(Panes.read(readBytes(in)), changed);
        }

        @Override
        public TypeSerializerSnapshot<Changing> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<Changing> {
            public Snapshot() {
                super(Changings::new);
            }
        }
    }

    /** Only where panes and sink do not run in one chain. */
    static final class Records extends OwnSerializer<OutputRecord> {
        @Override
        public void serialize(OutputRecord record, DataOutputView out) throws IOException {
            writeBytes(record.key, out);
            writeBytes(record.value, out);
        }

        @Override
        public OutputRecord deserialize(DataInputView in) throws IOException {
            OutputRecord record = new OutputRecord();
            record.key = readBytes(in);
            record.value = readBytes(in);
            return record;
        }

        @Override
        public TypeSerializerSnapshot<OutputRecord> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<OutputRecord> {
            public Snapshot() {
                super(Records::new);
            }
        }
    }
}
