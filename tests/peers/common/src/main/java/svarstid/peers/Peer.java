package svarstid.peers;

import java.util.List;

/** A run of one peer: the check around it if it was asked for, and the line of JSON. */
public interface Peer extends AutoCloseable {
    String name();

    /** Starts the job; it ends with the process. */
    void start() throws Exception;

    Measure measure();

    /** All records were processed: is everything of them committed and readable? */
    boolean committed();

    long late();

    interface Maker {
        Peer make(Arguments arguments) throws Exception;
    }

    static void main(String name, String[] words, Maker maker) throws Exception {
        Arguments arguments = new Arguments(words);
        Check check = arguments.number("check", 0) > 0 ? new Check(arguments, name) : null;
        int code = 0;
        try (Peer peer = maker.make(arguments)) {
            peer.start();
            boolean inTime = peer.measure().run(peer::committed);
            System.out.println(peer.measure().json(name, peer.late()));
            if (!inTime) System.err.println("not done within maxsecs: nothing was measured");
            if (!inTime) code = 1;
            if (check != null && inTime) code = verdict(check, check.compare(peer.late()));
        }
        System.exit(code);
    }

    private static int verdict(Check check, List<String> wrong) {
        wrong.stream().limit(10).forEach(System.err::println);
        System.err.println(wrong.isEmpty() ? "right: " + check.summary() : "wrong: " + wrong.size() + " differences; expected " + check.summary());
        return wrong.isEmpty() ? 0 : 1;
    }
}
