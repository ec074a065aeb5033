package io.hibernateshards;

import java.io.IOException;

/** The end of this JVM by SIGKILL: nothing of it runs any more, no shutdown hook either. */
public final class Killed {
    private Killed() {}

    public static void now() {
        try {
            new ProcessBuilder(
                            "kill",
                            "-KILL",
                            String.valueOf(ProcessHandle.current().pid()))
                    .start();
            Thread.sleep(60_000);
        } catch (IOException | InterruptedException e) {
            Runtime.getRuntime().halt(1);
        }
    }
}
