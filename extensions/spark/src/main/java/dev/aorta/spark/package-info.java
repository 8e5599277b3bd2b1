/** Training and batch prediction on Apache Spark: its scheduling, placement and file systems, and the bytes of one machine. */
@org.jspecify.annotations.NullMarked
package dev.aorta.spark;
