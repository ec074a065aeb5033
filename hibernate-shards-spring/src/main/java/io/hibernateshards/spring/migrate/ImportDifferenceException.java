package io.hibernateshards.spring.migrate;

import org.springframework.boot.ExitCodeGenerator;

/** The shards do not hold what the source holds: the application ends with {@value #CODE}. */
final class ImportDifferenceException extends RuntimeException implements ExitCodeGenerator {
    static final int CODE = 2;

    private static final long serialVersionUID = 1L;

    ImportDifferenceException(String report) {
        super("the shards do not hold exactly what the source holds:\n" + report);
    }

    @Override
    public int getExitCode() {
        return CODE;
    }
}
