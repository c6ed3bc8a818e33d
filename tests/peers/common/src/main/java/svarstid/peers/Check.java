package svarstid.peers;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import svarstid.peers.avro.Bin;
import svarstid.peers.avro.Direction;
import svarstid.peers.avro.Pane;
import svarstid.peers.avro.Pass;
import svarstid.peers.avro.Result;

/** Is a peer right? Seeded passes, and a reference computed from them in memory with maps and nothing clever. */
public final class Check {
    /** Of today: brokers delete the changelogs of Streams by the time of the events. */
    private static final long FIRST_US = Instant.now().truncatedTo(ChronoUnit.HOURS).toEpochMilli() * 1000 - 3_600_000_000L;
    private static final long HALF_US = 30 * 60 * 1_000_000L;
    private static final int QUEUES = 40;

    /** One pane, as plain as can be. */
    private record Expected(long[] results, TreeMap<Integer, Long> answered, TreeMap<Integer, Long> others, long[] sums) {
        Expected() {
            this(new long[Panes.RESULTS], new TreeMap<>(), new TreeMap<>(), new long[2]);
        }
    }

    private final Arguments arguments;
    private final Map<String, Expected> expected = new HashMap<>();
    private long late;

    /** Names topics and group of their own in the arguments, makes the topics and fills the first. */
    public Check(Arguments arguments, String peer) throws Exception {
        this.arguments = arguments;
        edges();
        String mark = "check-" + peer + "-" + System.currentTimeMillis();
        arguments.set("in", mark + "-passes");
        arguments.set("out", mark + "-panes");
        arguments.set("group", mark);
        arguments.set("n", arguments.text("check", "50000"));
        int partitions = (int) arguments.number("partitions", 4);
        try (Topics topics = new Topics(arguments.bootstrap())) {
            topics.create(arguments.in(), partitions);
            topics.create(arguments.out(peer), partitions);
        }
        fill();
    }

    /** What differs, if anything; `counted` is how many late records the peer says it dropped. */
    public List<String> compare(long counted) throws Exception {
        List<String> wrong = new ArrayList<>();
        if (counted != late) wrong.add("late: " + counted + " instead of " + late);
        Map<String, Pane> panes = lastPanes();
        for (var entry : expected.entrySet()) {
            Pane pane = panes.remove(entry.getKey());
            if (pane == null) wrong.add(entry.getKey() + ": missing");
            else if (!same(entry.getValue(), pane)) wrong.add(entry.getKey() + ": " + pane + " instead of " + entry.getValue());
        }
        panes.keySet().forEach(key -> wrong.add(key + ": nobody expects it"));
        return wrong;
    }

    public String summary() {
        return expected.size() + " panes, " + late + " late records";
    }

    private void fill() throws Exception {
        SplittableRandom random = new SplittableRandom(arguments.number("seed", 1));
        SpecificDatumWriter<Pass> writer = new SpecificDatumWriter<>(Pass.class);
        long n = arguments.records();
        Properties settings = new Properties();
        settings.put("bootstrap.servers", arguments.bootstrap());
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (long i = 0; i < n; i++) {
                boolean isLate = i > n / 2 && random.nextInt(100) == 0;
                Pass pass = pass(random, FIRST_US + 2 * HALF_US * i / n, isLate);
                String key = pass.getSite() + "/" + pass.getQueue();
                producer.send(new ProducerRecord<>(arguments.in(), key.getBytes(StandardCharsets.UTF_8), framed(writer, pass)));
                if (isLate) late++;
                else count(key, pass);
            }
        }
    }

    /** Out of order by up to eight minutes, which is allowed; or of the day before, which is too late however partitions are read. */
    private Pass pass(SplittableRandom random, long nowUs, boolean isLate) {
        long behindUs = random.nextInt(4) == 0 ? random.nextLong(480_000_000L) : random.nextLong(2_000_000L);
        long joinedUs = nowUs - (isLate ? 86_400_000_000L : behindUs);
        long waitUs = random.nextInt(20) == 0 ? random.nextLong(4_000_000_000L) : random.nextLong(180_000_000L);
        int result = Math.max(0, random.nextInt(16) - 8);
        return new Pass("falkenberg", "queue-" + random.nextInt(QUEUES), Direction.values()[random.nextInt(2)],
            Instant.EPOCH.plus(joinedUs, ChronoUnit.MICROS), waitUs, Result.values()[result]);
    }

    private void count(String queue, Pass pass) {
        long us = ChronoUnit.MICROS.between(Instant.EPOCH, pass.getJoinedAt());
        String key = queue + "/" + pass.getDirection() + "/" + us / 60_000_000;
        Expected pane = expected.computeIfAbsent(key, k -> new Expected());
        pane.results[pass.getResult().ordinal()]++;
        boolean answered = pass.getResult() == Result.answered;
        (answered ? pane.answered : pane.others).merge(Bins.binOfUs(pass.getWaitUs()), 1L, Long::sum);
        pane.sums[answered ? 0 : 1] += pass.getWaitUs();
    }

    private static byte[] framed(SpecificDatumWriter<Pass> writer, Pass pass) throws Exception {
        var out = new java.io.ByteArrayOutputStream();
        out.write(new byte[] {0, 0, 0, 0, 1});
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        writer.write(pass, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private Map<String, Pane> lastPanes() throws Exception {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", arguments.bootstrap());
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", "false");
        var reader = new SpecificDatumReader<>(Pane.class);
        Map<String, Pane> panes = new HashMap<>();
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = consumer.partitionsFor(arguments.text("out", "")).stream().map(p -> new TopicPartition(p.topic(), p.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    var decoder = DecoderFactory.get().binaryDecoder(record.value(), 5, record.value().length - 5, null);
                    panes.put(new String(record.key(), StandardCharsets.UTF_8), reader.read(null, decoder));
                }
            }
        }
        return panes;
    }

    private static boolean same(Expected expected, Pane pane) {
        long[] results = {pane.getAnswered(), pane.getAbandoned(), pane.getTimedOut(), pane.getSaturated(), pane.getBlocked(),
            pane.getFlowedOut(), pane.getWithdrawn(), pane.getUnknown()};
        return java.util.Arrays.equals(results, expected.results)
            && sameBins(expected.answered, pane.getAnsweredWaits().getBins())
            && sameBins(expected.others, pane.getOtherWaits().getBins())
            && pane.getAnsweredWaits().getSumUs() == expected.sums[0]
            && pane.getOtherWaits().getSumUs() == expected.sums[1];
    }

    private static boolean sameBins(TreeMap<Integer, Long> expected, List<Bin> bins) {
        List<Map.Entry<Integer, Long>> got = new ArrayList<>();
        bins.forEach(bin -> got.add(Map.entry(bin.getBin(), bin.getCount())));
        return got.equals(new ArrayList<>(expected.entrySet()));
    }

    /** The same edges as the test of `bin_of_us`. */
    private static void edges() {
        long[][] edges = {{-5, 0}, {999_999, 0}, {1_000_000, 1}, {119_999_999, 119}, {120_000_000, 120}, {120_937_499, 120},
            {120_937_500, 121}, {239_999_999, 247}, {240_000_000, 248}, {Long.MAX_VALUE, 120 + 128 * 36 + 15}};
        for (long[] edge : edges) {
            if (Bins.binOfUs(edge[0]) != edge[1]) throw new IllegalStateException("bin of " + edge[0] + " µs: " + Bins.binOfUs(edge[0]));
        }
    }
}
