package io.hibernateshards.internal.connection;

import org.jspecify.annotations.Nullable;

/**
 * Whether a standby follows the server that is the primary now. After a failover one that had received more than the promoted
 * one cannot: its positions in the log are those of commits that are lost, though they look as good as any. So a standby has
 * to be seen behind the primary, or level with it, and to reach that place; one that is ahead of the primary never follows.
 *
 * @param run of the standby
 * @param target where the primary was when the standby was not ahead; null before that is known
 * @param confirmed whether it has come there
 */
record Following(long run, @Nullable Long target, boolean confirmed) {
    static Following start(Seen standby) {
        return new Following(standby.run(), null, false);
    }

    /** The primary was there, after the standby said where it is. */
    Following primaryAt(long position, Seen standby) {
        return target == null && Long.compareUnsigned(position, standby.position()) >= 0
                ? new Following(run, position, Long.compareUnsigned(standby.position(), position) >= 0)
                : this;
    }

    /** The standby is there. */
    Following standbyAt(long position) {
        return target != null && !confirmed && Long.compareUnsigned(position, target) >= 0
                ? new Following(run, target, true)
                : this;
    }
}
