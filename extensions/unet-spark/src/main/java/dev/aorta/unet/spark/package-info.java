/** The program {@code unet} on Apache Spark: what {@code spark-submit} starts. */
@org.jspecify.annotations.NullMarked
package dev.aorta.unet.spark;
