package svarstid.peers.flink;

import svarstid.peers.Event;

/** Which pane. */
final class PaneKey {
    private static final String[] DIRECTIONS = {"external", "internal"};
    final String queue;
    final int direction;
    final long minute;

    PaneKey(String queue, int direction, long minute) {
        this.queue = queue;
        this.direction = direction;
        this.minute = minute;
    }

    static PaneKey of(Event event) {
        return new PaneKey(event.queue, event.direction, event.minute());
    }

    String text() {
        return queue + "/" + DIRECTIONS[direction] + "/" + minute;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PaneKey key && minute == key.minute && direction == key.direction && queue.equals(key.queue);
    }

    @Override
    public int hashCode() {
        return (queue.hashCode() * 31 + direction) * 31 + Long.hashCode(minute);
    }
}
