package dev.aorta.backend.cpu.machine;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips a class where {@code aorta.simd} asks for a width that the machine lacks, and says so. */
public final class ForcedWidth implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String reason = reasonToSkip(System.getProperty("aorta.simd", "auto"));
        if (reason.isEmpty()) {
            return ConditionEvaluationResult.enabled("the machine has the width");
        }
        System.out.println(context.getDisplayName() + " skipped: " + reason);
        return ConditionEvaluationResult.disabled(reason);
    }

    /** Empty where tests can run with this value of the property. */
    static String reasonToSkip(String simd) {
        String reason = simd.matches("\\d+") ? VectorUnit.lacksBecause(Integer.parseInt(simd)) : "";
        return reason.isEmpty() ? "" : "aorta.simd=" + simd + ", but " + reason;
    }
}
