package svarstid.peers.flink;

import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import svarstid.peers.Arguments;
import svarstid.peers.Measure;
import svarstid.peers.Peer;
import svarstid.peers.Topics;

/** The window stage in Flink: one JVM with a local cluster; the arguments are in README.md. */
public final class Main implements Peer {
    private static final String NAME = "flink";
    private final Arguments arguments;
    private final Topics topics;
    private final Measure measure;
    private JobClient job;

    private Main(Arguments arguments) {
        this.arguments = arguments;
        topics = new Topics(arguments.bootstrap());
        measure = new Measure(arguments, Progress.PROCESSED, Progress::checkpoints);
        Progress.expect(arguments.records());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void start() throws Exception {
        int partitions = topics.partitions(arguments.in());
        job = new Job(arguments, arguments.out(NAME), (int) arguments.number("parallelism", partitions)).start();
    }

    @Override
    public Measure measure() {
        return measure;
    }

    @Override
    public boolean committed() {
        return Progress.allComplete() && topics.allVisible(arguments.out(NAME));
    }

    @Override
    public long late() {
        return Progress.LATE.sum();
    }

    @Override
    public void close() throws Exception {
        job.cancel().get(30, TimeUnit.SECONDS);
        topics.close();
    }

    public static void main(String[] words) throws Exception {
        Peer.main(NAME, words, Main::new);
    }
}
