package dev.aorta.warn;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What is logged while something runs, as if it were the first in the process. */
public final class Warnings {
    private Warnings() {}

    public static List<String> of(ThrowingCallable action) {
        for (Warning warning : Warning.values()) {
            warning.forget();
        }
        List<String> said = new ArrayList<>();
        Logger log = Logger.getLogger("dev.aorta");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord message) {
                said.add(new SimpleFormatter().formatMessage(message));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        log.addHandler(handler);
        log.setUseParentHandlers(false);
        try {
            action.call();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            log.removeHandler(handler);
            log.setUseParentHandlers(true);
        }
        return said;
    }
}
