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

# is_built MARKER MODULES: no source file of the modules (folder names) is newer than the marker; "tests" may name more to look at
is_built() {
    # shellcheck disable=SC2086 # modules are several words
    [ -f "$1" ] && [ -z "$(cd "$root" && find pom.xml $2 -name target -prune -o -type f \( -name pom.xml -o -path '*/src/main/*' \
        -o -path '*/src/test/*/examples/*' -o -path "${tests:-none}" \) -newer "$1" -print | head -n 1)" ]
}

# build MARKER MODULES MAVEN-ARGUMENTS: what is not built yet. One build at a time: whoever waited for another finds it done
build() {
    is_built "$1" "$2" && return
    mkdir -p "$root/target"
    # shellcheck disable=SC2016 # for the shell that has the lock
    root=$root jdk=$jdk program=$program tests=${tests:-} copied=${copied:-} "$jdk/bin/java" "$root/.mvn/Locked.java" \
        "$root/target/build.lock" sh -euc '. "$root/.mvn/launch.sh"; build_alone "$@"' sh "$@" >&2
}

# build_alone MARKER MODULES MAVEN-ARGUMENTS: the marker gets the time of the begin, for sources may change under way
build_alone() {
    is_built "$1" "$2" && return
    marker=$1
    shift 2
    echo "$program: building; this takes a minute or two on first use"
    mkdir -p "$(dirname -- "$marker")"
    : >"$marker.new"
    maven=$(command -v mvn || echo "$root/mvnw") # the wrapper downloads Maven
    if ! (cd "$root" && JAVA_HOME=$jdk MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}" \
        "$maven" -q -B -ntp -Dstyle.color=never package -am -DskipTests -Dquick "$@"); then
        echo "$program: the build failed for the reason above. Without a network, Maven has to be on the PATH as mvn, and what it" \
            "downloads in its repository (~/.m2/repository), where a build with a network puts it"
        return 1
    fi
    [ -z "$copied" ] || copy_program
    mv -f "$marker.new" "$marker"
}

# copy_program: to target/programs of the module "copied", so that a later build does not change what runs; target/program names it
copy_program() {
    target=$root/$copied/target
    before=$(cat "$target/program" 2>/dev/null || true)
    new=$(date +%Y%m%d-%H%M%S)-$$
    mkdir -p "$target/programs/$new/users"
    cp -R "$target/classes" "$target/lib" "$target/programs/$new"
    echo "$new" >"$target/program.new"
    mv -f "$target/program.new" "$target/program"
    for old in "$target"/programs/*; do
        case ${old##*/} in "$new" | "$before") continue ;; esac
        for user in "$old"/users/*; do
            # a file for each process that runs it
            ! lives "${user##*/}" || continue 2
        done
        rm -rf "$old"
    done
}

# lives PID: also the process of another user
lives() {
    kill -0 "$1" 2>/dev/null || ps -p "$1" >/dev/null 2>&1
}

# use_program: the class path of the program that was built last, kept while this process lives
use_program() {
    used=$root/$copied/target/programs/$(cat "$root/$copied/target/program")
    : 2>/dev/null >"$used/users/$$" || true # a checkout that cannot be written is not built either
    echo "$used/classes:$used/lib/*"
}
