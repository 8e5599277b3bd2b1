package dev.aorta.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses BENCHMARKS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.aorta.bench");

    @Test
    void whatIsMeasuredIsWhatUsersCanReach() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.aorta.backend.cpu.*..", "dev.aorta.op..")
                .check(BENCHMARKS);
    }
}
