/** Processes that train one network together: the group they form, and sums whose bits do not depend on how many they are. */
@org.jspecify.annotations.NullMarked
package dev.aorta.cluster;
