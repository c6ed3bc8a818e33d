package svarstid.peers;

/** The figures of one pane, and how they are written: Avro's binary form of pane.avsc. */
public final class Panes {
    public static final int RESULTS = 8;
    private static final int ANSWERED = 0;
    private static final int SCHEMA_ID = 2;

    private Panes() {}

    public static final class Figures {
        public final long[] results = new long[RESULTS];
        public Waits answered = new Waits();
        public Waits others = new Waits();

        public Figures add(int result, long waitUs) {
            results[result]++;
            (result == ANSWERED ? answered : others).add(waitUs);
            return this;
        }

        public Figures copy() {
            Figures copy = new Figures();
            System.arraycopy(results, 0, copy.results, 0, RESULTS);
            copy.answered = answered.copy();
            copy.others = others.copy();
            return copy;
        }
    }

    /** The value of an output record: the header of five bytes, then the pane. */
    public static byte[] framed(Figures figures) {
        return write(figures, SCHEMA_ID);
    }

    /** The pane alone, as it is kept in stores. */
    public static byte[] bare(Figures figures) {
        return write(figures, -1);
    }

    public static Figures read(byte[] bytes) {
        return read(new Varints(bytes, 0));
    }

    public static Figures read(Varints in) {
        Figures figures = new Figures();
        for (int i = 0; i < RESULTS; i++) figures.results[i] = in.readLong();
        figures.answered = readWaits(in);
        figures.others = readWaits(in);
        return figures;
    }

    private static byte[] write(Figures figures, int schemaId) {
        // ten bytes are the most a number takes
        Varints out = new Varints(5 + 10 * (RESULTS + 6) + 13 * (figures.answered.size + figures.others.size));
        if (schemaId >= 0) out.header(schemaId);
        for (long count : figures.results) out.writeLong(count);
        writeWaits(out, figures.answered);
        writeWaits(out, figures.others);
        return out.bytes();
    }

    private static void writeWaits(Varints out, Waits waits) {
        if (waits.size > 0) {
            out.writeLong(waits.size);
            for (int i = 0; i < waits.size; i++) {
                out.writeLong(waits.bins[i]);
                out.writeLong(waits.counts[i]);
            }
        }
        out.writeLong(0);
        out.writeLong(waits.sumUs);
    }

    private static Waits readWaits(Varints in) {
        Waits waits = new Waits();
        int size = (int) in.readLong();
        if (size > 0) {
            waits.size = size;
            waits.bins = new int[size];
            waits.counts = new long[size];
            for (int i = 0; i < size; i++) {
                waits.bins[i] = (int) in.readLong();
                waits.counts[i] = in.readLong();
            }
            in.readLong(); // the end of the array: our own writer makes one block
        }
        waits.sumUs = in.readLong();
        return waits;
    }
}
