package io.hibernateshards.internal.hot;

/**
 * How hot keys are counted and told.
 *
 * @param sample one of so many finds is counted; 0 if none
 * @param logShare per cent of a shard's finds from which a key is logged; 0 if none
 * @param logIds whether the log tells ids
 */
public record HotKeySettings(int sample, int logShare, boolean logIds) {
    public static final int SAMPLE = 16;
    public static final int LOG_SHARE = 10;
}
