package io.hibernateshards.spring.web;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** Tells the token before each call that may begin to send the response, when it is too late for headers. */
final class TokenResponse extends HttpServletResponseWrapper {
    private final TokenWriter token;
    private @Nullable ServletOutputStream stream;
    private @Nullable PrintWriter writer;

    TokenResponse(HttpServletResponse response, TokenWriter token) {
        super(response);
        this.token = token;
    }

    private void beforeCommit() {
        token.tell();
    }

    @Override
    public void reset() {
        super.reset();
        token.forget();
    }

    @Override
    public void flushBuffer() throws IOException {
        beforeCommit();
        super.flushBuffer();
    }

    @Override
    public void sendError(int status) throws IOException {
        beforeCommit();
        super.sendError(status);
    }

    @Override
    public void sendError(int status, String message) throws IOException {
        beforeCommit();
        super.sendError(status, message);
    }

    @Override
    public void sendRedirect(String location) throws IOException {
        beforeCommit();
        super.sendRedirect(location);
    }

    @Override
    public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
        beforeCommit();
        super.sendRedirect(location, status, clearBuffer);
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        ServletOutputStream known = stream;
        if (known == null) {
            known = new Stream(super.getOutputStream());
            stream = known;
        }
        return known;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        PrintWriter known = writer;
        if (known == null) {
            known = new PrintWriter(new Text(super.getWriter()));
            writer = known;
        }
        return known;
    }

    private final class Stream extends ServletOutputStream {
        private final ServletOutputStream to;

        Stream(ServletOutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            beforeCommit();
            to.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            beforeCommit();
            to.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            beforeCommit();
            to.flush();
        }

        @Override
        public void close() throws IOException {
            beforeCommit();
            to.close();
        }

        @Override
        public boolean isReady() {
            return to.isReady();
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            to.setWriteListener(listener);
        }
    }

    private final class Text extends Writer {
        private final PrintWriter to;

        Text(PrintWriter to) {
            this.to = to;
        }

        @Override
        public void write(char[] text, int offset, int length) {
            beforeCommit();
            to.write(text, offset, length);
        }

        @Override
        public void flush() {
            beforeCommit();
            to.flush();
        }

        @Override
        public void close() {
            beforeCommit();
            to.close();
        }
    }
}
