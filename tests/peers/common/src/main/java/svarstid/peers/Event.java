package svarstid.peers;

/** What the window stage needs of a pass. */
public final class Event {
    /** `site/queue`, the key of the record. */
    public String queue;
    /** Position in the schema's enum. */
    public int direction;
    /** Position in the schema's enum. */
    public int result;
    /** Event time, µs since 1970. */
    public long joinedUs;
    public long waitUs;

    public long minute() {
        return Math.floorDiv(joinedUs, Bins.MINUTE_US);
    }
}
