package io.hibernateshards.samples.messenger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.samples.messenger.load.Mix;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class LoadCommandTest {
    private final CommandLine command = new CommandLine(new LoadCommand());

    private String mixes(String... arguments) {
        command.parseArgs(arguments);
        List<Mix> mixes = command.getCommandSpec().findOption("--mix").getValue();
        return mixes.toString();
    }

    @Test
    void mix_isNamed_orARoute() {
        assertThat(mixes()).isEqualTo("[users, messenger]");
        assertThat(mixes("--mix", "messenger,inbox")).isEqualTo("[messenger, inbox]");
        assertThatThrownBy(() -> mixes("--mix", "everything"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("--mix");
    }
}
