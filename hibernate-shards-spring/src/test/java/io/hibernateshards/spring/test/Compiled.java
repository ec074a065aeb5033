package io.hibernateshards.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles what a page of the documentation shows, against the test class path. */
public final class Compiled {
    private Compiled() {}

    /** Writes the classes of these sources, which are by the names of their classes. */
    public static void into(Path directory, Map<String, String> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<JavaFileObject> files = sources.entrySet().stream()
                .map(source -> file(source.getKey(), source.getValue()))
                .toList();
        String path = System.getProperty("java.class.path");
        List<String> options = List.of("-proc:none", "-parameters", "-d", directory.toString(), "-cp", path);
        boolean compiled =
                compiler.getTask(messages, null, null, options, null, files).call();
        assertThat(compiled).as(messages.toString()).isTrue();
    }

    private static JavaFileObject file(String name, String source) {
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
    }
}
