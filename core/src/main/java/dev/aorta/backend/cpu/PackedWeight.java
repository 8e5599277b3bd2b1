package dev.aorta.backend.cpu;

import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.Packing;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A weight as kernels packed it, kept from its second use without a write in between: an inference packs once, and a training step,
 * which writes after every use, keeps nothing.
 */
final class PackedWeight implements Packing {
    /** What the packed weights of a backend may take. */
    static final class Budget {
        private final AtomicLong left;
        /** Of all weights that keep something, until the collector says that one is gone which nobody released. */
        private final Set<Share> shares = ConcurrentHashMap.newKeySet();

        private final ReferenceQueue<PackedWeight> gone = new ReferenceQueue<>();

        /** A budget of so many floats. */
        Budget(long floats) {
            left = new AtomicLong(floats);
        }

        private Share share(PackedWeight of) {
            Share share = new Share(of, gone);
            shares.add(share);
            return share;
        }

        private boolean take(long floats) {
            takeBack();
            if (left.addAndGet(-floats) >= 0) {
                return true;
            }
            give(floats);
            return false;
        }

        private void give(long floats) {
            left.addAndGet(floats);
        }

        /** Gives back what weights had that nobody reaches any more. */
        private void takeBack() {
            for (Reference<?> r = gone.poll(); r != null; r = gone.poll()) {
                if (r instanceof Share share && shares.remove(share)) {
                    give(share.floats);
                }
            }
        }

        /** Floats that may still be taken. */
        long left() {
            takeBack();
            return left.get();
        }
    }

    /** What one weight has of the budget. */
    private static final class Share extends WeakReference<PackedWeight> {
        private volatile long floats;

        Share(PackedWeight of, ReferenceQueue<PackedWeight> gone) {
            super(of, gone);
        }
    }

    private final BufferPool pool;
    private final Budget budget;
    /** Null before the first is kept. The collector takes all or none, before anybody's allocation fails. */
    private @Nullable SoftReference<Map<Layout, float[]>> packed;
    /** Of the budget; null before the first is kept. */
    private @Nullable Share share;
    /** What was packed anew since the last write. */
    private final List<Layout> seen = new ArrayList<>(2);
    /** Uses that have not ended. */
    private int users;
    /** Changes with every write. */
    private int writes;

    PackedWeight(BufferPool pool, Budget budget) {
        this.pool = pool;
        this.budget = budget;
    }

    /** Begins a use of the weight, which {@link #end} ends. */
    synchronized PackedWeight begin() {
        users++;
        return this;
    }

    synchronized void end() {
        users--;
    }

    /** What is kept; when the collector has taken it, the budget has it back. */
    private Map<Layout, float[]> packed() {
        SoftReference<Map<Layout, float[]>> reference = packed;
        Map<Layout, float[]> all = reference == null ? null : reference.get();
        if (all == null) {
            giveBack();
        }
        return all == null ? Map.of() : all;
    }

    private void giveBack() {
        Share own = share;
        if (own != null) {
            budget.give(own.floats);
            own.floats = 0;
        }
    }

    private boolean put(Layout layout, float[] array) {
        Map<Layout, float[]> all = packed();
        if (all.containsKey(layout)) {
            return false;
        }
        if (all.isEmpty()) {
            all = new HashMap<>(2);
            packed = new SoftReference<>(all);
        }
        all.put(layout, array);
        Share own = share == null ? budget.share(this) : share;
        own.floats += array.length;
        share = own;
        return true;
    }

    @Override
    public float @Nullable [] kept(Layout layout, int size, Consumer<float[]> pack) {
        int before;
        synchronized (this) {
            float[] known = packed().get(layout);
            if (known != null) {
                return known;
            }
            if (!seen.contains(layout)) {
                seen.add(layout);
                return null;
            }
            before = writes;
        }
        if (!budget.take(size)) {
            return null;
        }
        boolean keep = false;
        try {
            float[] array = pool.take(size);
            pack.accept(array);
            synchronized (this) {
                keep = before == writes && put(layout, array);
            }
            return array;
        } finally {
            if (!keep) {
                budget.give(size);
            }
        }
    }

    /** Forgets all, since the weight is written: what is still being read goes to the garbage collector, the rest to the pool. */
    synchronized void forget() {
        seen.clear();
        writes++;
        Map<Layout, float[]> all = packed();
        if (users == 0) {
            all.values().forEach(pool::give);
        }
        packed = null;
        giveBack();
    }
}
