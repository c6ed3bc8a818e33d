package svarstid.peers;

import java.util.Arrays;

/** Avro's numbers (zigzag, seven bits a byte) in an array of bytes. */
public final class Varints {
    private final byte[] bytes;
    private int at;

    public Varints(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    public Varints(int capacity) {
        this(new byte[capacity], 0);
    }

    public byte[] bytes() {
        return at == bytes.length ? bytes : Arrays.copyOf(bytes, at);
    }

    /** Confluent's framing: a zero, then the schema's id. */
    public void header(int schemaId) {
        bytes[at++] = 0;
        for (int shift = 24; shift >= 0; shift -= 8) bytes[at++] = (byte) (schemaId >>> shift);
    }

    public void writeLong(long value) {
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7FL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
    }

    public long readLong() {
        long value = 0;
        int shift = 0;
        byte b;
        do {
            b = bytes[at++];
            value |= (b & 0x7FL) << shift;
            shift += 7;
        } while (b < 0);
        return (value >>> 1) ^ -(value & 1);
    }

    public void skipString() {
        int length = (int) readLong();
        at += length;
    }
}
