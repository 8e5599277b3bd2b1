package dev.aorta.unet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The walls of the application, which uses the library as any other project would. */
class ArchitectureTest {
    private static final JavaClasses APPLICATION = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.aorta.unet");

    /**
     * Pictures below; networks, phantoms, augmentation, signatures and what clinicians measure on them; training, its report, on
     * that what can be said of a model, and the commands on top.
     */
    @Test
    void roomsStandOnOneAnother() {
        String unet = "dev.aorta.unet";
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("cli")
                .definedBy(unet + ".cli")
                .layer("registry")
                .definedBy(unet + ".registry")
                .layer("track")
                .definedBy(unet + ".track")
                .layer("certify")
                .definedBy(unet + ".certify")
                .layer("signing")
                .definedBy(unet + ".signing")
                .layer("report")
                .definedBy(unet + ".report")
                .layer("serve")
                .definedBy(unet + ".serve")
                .layer("monitor")
                .definedBy(unet + ".monitor")
                .layer("explain")
                .definedBy(unet + ".explain")
                .layer("train")
                .definedBy(unet + ".train")
                .layer("augment")
                .definedBy(unet + ".augment")
                .layer("model")
                .definedBy(unet + ".model")
                .layer("phantom")
                .definedBy(unet + ".phantom")
                .layer("clinical")
                .definedBy(unet + ".clinical")
                .layer("imaging")
                .definedBy(unet + ".imaging")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("registry")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("serve")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("monitor")
                .mayOnlyBeAccessedByLayers("cli", "serve")
                .whereLayer("explain")
                .mayOnlyBeAccessedByLayers("cli", "serve")
                .whereLayer("track")
                .mayOnlyAccessLayers("train")
                .whereLayer("certify")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("signing")
                .mayOnlyAccessLayers("imaging")
                .whereLayer("report")
                .mayOnlyBeAccessedByLayers("cli", "registry", "certify", "explain", "monitor", "serve")
                .whereLayer("train")
                .mayOnlyBeAccessedByLayers(
                        "cli", "report", "explain", "serve", "registry", "certify", "track", "clinical", "monitor")
                .whereLayer("augment")
                .mayOnlyBeAccessedByLayers("train")
                .whereLayer("model")
                .mayOnlyBeAccessedByLayers("cli", "train", "report", "serve", "registry", "certify", "monitor")
                .whereLayer("phantom")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("clinical")
                .mayOnlyBeAccessedByLayers("cli", "report", "registry", "certify", "serve")
                .whereLayer("imaging")
                .mayNotAccessAnyLayer()
                .check(APPLICATION);
    }

    @Test
    void noRoomReachesUnderTheTensors() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.aorta.backend.cpu..",
                        "dev.aorta.backend.reference..",
                        "dev.aorta.op..",
                        "dev.aorta.cuda..",
                        "jdk.incubator.vector..")
                .check(APPLICATION);
    }
}
