package svarstid.peers;

import java.util.Arrays;

/** Sparse counts by bin, smallest bin first, and the exact sum. */
public final class Waits {
    static final int[] NO_BINS = {};
    static final long[] NO_COUNTS = {};
    public int size;
    public int[] bins = NO_BINS;
    public long[] counts = NO_COUNTS;
    public long sumUs;

    void add(long us) {
        sumUs += us;
        int bin = Bins.binOfUs(us);
        int at = Arrays.binarySearch(bins, 0, size, bin);
        if (at >= 0) {
            counts[at]++;
            return;
        }
        at = -at - 1;
        if (size == bins.length) grow();
        System.arraycopy(bins, at, bins, at + 1, size - at);
        System.arraycopy(counts, at, counts, at + 1, size - at);
        bins[at] = bin;
        counts[at] = 1;
        size++;
    }

    private void grow() {
        int length = Math.max(4, 2 * size);
        bins = Arrays.copyOf(bins, length);
        counts = Arrays.copyOf(counts, length);
    }

    Waits copy() {
        Waits copy = new Waits();
        copy.size = size;
        copy.bins = Arrays.copyOf(bins, size);
        copy.counts = Arrays.copyOf(counts, size);
        copy.sumUs = sumUs;
        return copy;
    }
}
