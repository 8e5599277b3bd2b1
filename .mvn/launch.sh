# What the launchers share; to be sourced by a POSIX shell under "set -eu", with "program" set for messages and "root" to this
# repository.

# java25: the home of an installed JDK 25 or newer
java25() {
    for home in "${JAVA_HOME:-}" "${JDK25_HOME:-}" /usr/lib/jvm/* /opt/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/*; do
        [ -x "$home/bin/javac" ] && [ -f "$home/release" ] || continue
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
        if [ "${version:-0}" -ge 25 ]; then
            echo "$home"
            return
        fi
    done
    echo "$program: no JDK 25 found; install one (Debian, Ubuntu: temurin-25-jdk or openjdk-25-jdk; macOS: temurin@25;" \
        "or https://adoptium.net) or set JAVA_HOME to it" >&2
    return 1
}

# build MARKER MODULES MAVEN-ARGUMENTS: when a source file of the modules (folder names) is newer than the marker
build() {
    marker=$1
    modules=$2
    shift 2
    # shellcheck disable=SC2086 # modules are several words
    if [ -f "$marker" ] && [ -z "$(cd "$root" && find pom.xml $modules -name target -prune -o \
        -type f \( -name pom.xml -o -path '*/src/main/*' -o -path '*/src/test/*/examples/*' \) -newer "$marker" -print | head -n 1)" ]; then
        return
    fi
    maven=$(command -v mvn || echo "$root/mvnw") # the wrapper downloads Maven
    echo "$program: building; this takes a minute or two on first use" >&2
    (cd "$root" && JAVA_HOME=$jdk MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}" \
        "$maven" -q -B -ntp -Dstyle.color=never package -am -DskipTests -Dquick "$@") >&2
    touch "$marker"
}
