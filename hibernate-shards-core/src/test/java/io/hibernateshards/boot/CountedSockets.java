package io.hibernateshards.boot;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;

/** Counts how often PostgreSQL's driver connects, as {@code socketFactory} of a URL. */
public final class CountedSockets extends SocketFactory {
    static final AtomicInteger COUNT = new AtomicInteger();

    @Override
    public Socket createSocket() throws IOException {
        COUNT.incrementAndGet();
        return getDefault().createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        COUNT.incrementAndGet();
        return getDefault().createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort) throws IOException {
        COUNT.incrementAndGet();
        return getDefault().createSocket(host, port, from, fromPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        COUNT.incrementAndGet();
        return getDefault().createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
        COUNT.incrementAndGet();
        return getDefault().createSocket(host, port, from, fromPort);
    }
}
