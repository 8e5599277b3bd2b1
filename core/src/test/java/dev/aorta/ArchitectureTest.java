package dev.aorta;

import static com.tngtech.archunit.base.DescribedPredicate.allElements;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.Externalizable;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The walls of the house that the compiler does not see. */
class ArchitectureTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.aorta");

    @Test
    void onlyCpuKernelsMentionTheVectorApi() {
        noClasses()
                .that(not(resideInAnyPackage("dev.aorta.backend.cpu..")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(CORE);
    }

    @Test
    void roomsOfTheCpuKernelsAreEnteredThroughTheirFace() {
        classes()
                .that()
                .resideInAPackage("dev.aorta.backend.cpu.*..")
                .should()
                .onlyBeAccessed()
                .byAnyPackage("dev.aorta.backend.cpu..")
                .check(CORE);
    }

    /** The ground, what stands on it, the convolutions on those, and the face on top. */
    @Test
    void roomsOfTheCpuKernelsStandOnOneAnother() {
        String cpu = "dev.aorta.backend.cpu";
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("face")
                .definedBy(cpu)
                .layer("conv")
                .definedBy(cpu + ".conv")
                .layer("winograd")
                .definedBy(cpu + ".winograd")
                .layer("product")
                .definedBy(cpu + ".product")
                .layer("element")
                .definedBy(cpu + ".element")
                .layer("machine")
                .definedBy(cpu + ".machine")
                .whereLayer("face")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("conv")
                .mayOnlyBeAccessedByLayers("face")
                .whereLayer("winograd")
                .mayOnlyBeAccessedByLayers("face", "conv")
                .whereLayer("product")
                .mayOnlyBeAccessedByLayers("face", "conv")
                .whereLayer("element")
                .mayOnlyBeAccessedByLayers("face", "conv")
                .check(CORE);
    }

    @Test
    void roomsOfOnnxAreEnteredThroughTheirFace() {
        classes()
                .that()
                .resideInAPackage("dev.aorta.onnx.*..")
                .should()
                .onlyBeAccessed()
                .byAnyPackage("dev.aorta.onnx..")
                .check(CORE);
    }

    /** The file's messages, values on them, operators on those, and the graph on top; beside them the export. */
    @Test
    void roomsOfOnnxStandOnOneAnother() {
        String onnx = "dev.aorta.onnx";
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("graph")
                .definedBy(onnx + ".graph")
                .layer("operators")
                .definedBy(onnx + ".operators")
                .layer("value")
                .definedBy(onnx + ".value")
                .layer("export")
                .definedBy(onnx + ".export")
                .layer("proto")
                .definedBy(onnx + ".proto")
                .whereLayer("export")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("graph")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("operators")
                .mayOnlyBeAccessedByLayers("graph")
                .whereLayer("value")
                .mayOnlyBeAccessedByLayers("operators", "graph")
                .check(CORE);
    }

    @Test
    void coreDependsOnTheJdkAlone() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax.crypto..",
                        "javax.imageio..",
                        "javax.management..",
                        "com.sun.management..",
                        "jdk.incubator.vector..",
                        "org.jspecify.annotations..",
                        "dev.aorta..")
                .check(CORE);
    }

    /** The compiler's own check of this would ask consumers for JSpecify. */
    @Test
    void thePublicApiNamesWhatConsumersSee() throws Exception {
        Set<String> exported = exported();
        DescribedPredicate<JavaClass> seen = DescribedPredicate.describe(
                "which consumers see",
                type -> !type.getBaseComponentType().getPackageName().startsWith("dev.aorta")
                        || type.getBaseComponentType().getModifiers().contains(JavaModifier.PUBLIC)
                                && exported.contains(type.getBaseComponentType().getPackageName()));
        codeUnits()
                .that()
                .areDeclaredInClassesThat(seen)
                .and()
                .arePublic()
                .should()
                .haveRawReturnType(seen)
                .andShould()
                .haveRawParameterTypes(allElements(seen))
                .check(CORE);
    }

    private static Set<String> exported() throws Exception {
        Path classes = Path.of(
                Tensor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (InputStream descriptor = Files.newInputStream(classes.resolve("module-info.class"))) {
            return ModuleDescriptor.read(descriptor).exports().stream()
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void kernelsKnowNothingOfTraining() {
        noClasses()
                .that()
                .resideInAPackage("dev.aorta.backend..")
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
                        "dev.aorta.onnx..",
                        "dev.aorta.train..")
                .check(CORE);
    }

    @Test
    void opsKnowOnlyTheContract() {
        noClasses()
                .that()
                .resideInAPackage("dev.aorta.op..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.aorta.backend.cpu..", "dev.aorta.backend.reference..")
                .check(CORE);
    }

    @Test
    void theZooIsMadeOfLayers() {
        classes()
                .that()
                .resideInAPackage("dev.aorta.zoo..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.jspecify.annotations..",
                        "dev.aorta",
                        "dev.aorta.backend",
                        "dev.aorta.nn..",
                        "dev.aorta.zoo..")
                .check(CORE);
        classes()
                .that()
                .resideInAPackage("dev.aorta.zoo..")
                .should()
                .onlyBeAccessed()
                .byAnyPackage("dev.aorta.zoo..")
                .check(CORE);
    }

    @Test
    void explanationsStandOnLayersAndNothingOnThem() {
        classes()
                .that()
                .resideInAPackage("dev.aorta.explain..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.jspecify.annotations..",
                        "dev.aorta",
                        "dev.aorta.backend",
                        "dev.aorta.data..",
                        "dev.aorta.nn..",
                        "dev.aorta.op",
                        "dev.aorta.explain..")
                .check(CORE);
        classes()
                .that()
                .resideInAPackage("dev.aorta.explain..")
                .should()
                .onlyBeAccessed()
                .byAnyPackage("dev.aorta.explain..")
                .check(CORE);
    }

    @Test
    void nothingUsesJavaSerialization() {
        noClasses()
                .should()
                .dependOnClassesThat(belongToAnyOf(
                        Serializable.class, Externalizable.class, ObjectInputStream.class, ObjectOutputStream.class))
                .check(CORE);
    }

    @Test
    void noFileIsTooLongToRead() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            assertThat(files.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.readAllLines(file))
                            .as("lines of %s", file)
                            .hasSizeLessThanOrEqualTo(500));
        }
    }
}
