package svarstid.peers;

/** The bins of times, as `bin_of_us` in crates/kpi/src/histogram.rs. */
public final class Bins {
    public static final long MINUTE_US = 60_000_000L;
    private static final long LINEAR_SECONDS = 120;
    private static final long LINEAR_US = LINEAR_SECONDS * 1_000_000;
    private static final long PER_OCTAVE = 128;

    private Bins() {}

    public static int binOfUs(long us) {
        if (us < LINEAR_US) return (int) (Math.max(us, 0) / 1_000_000);
        int octave = 63 - Long.numberOfLeadingZeros(us / LINEAR_US);
        long base = LINEAR_US << octave;
        return (int) (LINEAR_SECONDS + PER_OCTAVE * octave + (us - base) / (base / PER_OCTAVE));
    }
}
