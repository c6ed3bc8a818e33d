package svarstid.peers;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** `key=value` on the command line; keys with a dot are settings of Kafka Streams or Flink and are handed on. */
public final class Arguments {
    private static final Set<String> KNOWN = Set.of("bootstrap", "in", "out", "group", "threads", "parallelism", "n", "warmup", "maxsecs",
        "lateness", "store", "decode", "interval", "folder", "cache_mb", "check", "partitions", "seed", "compression");
    private final Map<String, String> own = new HashMap<>();
    public final Properties settings = new Properties();

    public Arguments(String[] words) {
        for (String word : words) {
            String[] pair = word.split("=", 2);
            if (pair.length != 2) throw new IllegalArgumentException(word + ": key=value is expected");
            if (pair[0].contains(".")) settings.put(pair[0], pair[1]);
            else if (KNOWN.contains(pair[0])) own.put(pair[0], pair[1]);
            else throw new IllegalArgumentException(word + ": there are " + KNOWN.stream().sorted().toList());
        }
    }

    public String text(String key, String otherwise) {
        return own.getOrDefault(key, otherwise);
    }

    public long number(String key, long otherwise) {
        String text = own.get(key);
        return text == null ? otherwise : Long.parseLong(text);
    }

    public void set(String key, String value) {
        own.put(key, value);
    }

    public String bootstrap() {
        return text("bootstrap", "127.0.0.1:19092");
    }

    public String in() {
        return text("in", "bench-passes");
    }

    public String out(String peer) {
        return text("out", "bench-panes-" + peer);
    }

    /** Of what is written. */
    public String compression() {
        return text("compression", "lz4");
    }

    public long records() {
        return number("n", 1_000_000);
    }

    /** Seconds. */
    public long lateness() {
        return number("lateness", 600);
    }
}
