package dev.aorta.cuda;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    @Test
    void kernelsKnowNothingOfTraining() {
        noClasses()
                .that()
                .resideInAPackage("dev.aorta.cuda..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.aorta.op..",
                        "dev.aorta.nn..",
                        "dev.aorta.loss..",
                        "dev.aorta.metric..",
                        "dev.aorta.optim..",
                        "dev.aorta.data..",
                        "dev.aorta.io..",
                        "dev.aorta.train..")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("dev.aorta.cuda"));
    }
}
