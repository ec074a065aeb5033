package io.hibernateshards.samples.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/** What this JVM has used so far. */
final class Resources {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Resources() {}

    /** Bytes allocated by all platform threads. */
    static long allocated() {
        long[] bytes = THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds());
        return Arrays.stream(bytes).filter(b -> b > 0).sum();
    }

    /** Of all threads, the collector's and the compiler's too. */
    static long cpuNanos() {
        return SYSTEM.getProcessCpuTime();
    }

    /** What the compilers have taken so far, all their threads together. */
    static long compileMillis() {
        return ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
    }
}
