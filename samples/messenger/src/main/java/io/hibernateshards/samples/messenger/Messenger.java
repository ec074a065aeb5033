package io.hibernateshards.samples.messenger;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code serve}, {@code seed}, {@code load}. */
@Command(
        name = "messenger",
        mixinStandardHelpOptions = true,
        subcommands = {ServeCommand.class, SeedCommand.class, LoadCommand.class},
        description = "A messenger on PostgreSQL servers that it starts itself.")
public final class Messenger {
    private Messenger() {}

    /** Runs one of the commands. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Messenger()).execute(args));
    }
}
