# Trials of break-it that need a shell; to be sourced by it with "here" and an empty folder "work". Sets "wrong".
unet=$here/unet
wrong=0
# small, with what a resumed training could lose: augmentation, running statistics
options='--base 2 --depth 1 --norm batch --augment --device cpu'

# verdict RIGHT? WHAT: one row
verdict() {
    if [ "$1" = yes ]; then
        printf '%-64s right\n' "$2"
    else
        wrong=1
        printf '%-64s WRONG\n' "$2"
        head -n 3 "$work/err"
    fi
}

# run COMMAND...: sets "code" and "lines", the number of lines on standard error
run() {
    code=0
    "$@" >"$work/out" 2>"$work/err" || code=$?
    lines=$(grep -vc '^WARNING: Using incubator modules' "$work/err" || true)
}

# try CODE WHAT COMMAND...: whether the command ends with the code, and says in one line what went wrong
try() {
    expected=$1
    what=$2
    shift 2
    run "$@"
    right=no
    if [ "$code" -eq "$expected" ] && { [ "$code" -eq 0 ] || [ "$lines" -eq 1 ]; }; then right=yes; fi
    verdict $right "$what: exit code $code"
}

phantom() {
    try 0 'a phantom, to begin with' "$unet" prepare phantom --out "$work/data" --train 12 --val 3
}

# same RUN: whether it ended as the undisturbed one
same() {
    cmp -s "$work/whole/model.safetensors" "$1/model.safetensors" && cmp -s "$work/whole/metrics.csv" "$1/metrics.csv"
}

environments() {
    phantom
    train="$unet train --data $work/data $options --epochs 1"
    # shellcheck disable=SC2086 # a command is several words
    {
        try 0 'no HOME' env -u HOME $train --out "$work/a"
        try 0 'a locale that is not installed' env LC_ALL=xx_XX.UTF-8 $train --out "$work/ä"
        try 1 'standard output is full' sh -c "$train --out $work/b >/dev/full"
        try 1 'threads beyond reason' $train --threads 100000 --out "$work/c"
        try 1 'aorta.threads=abc' env JAVA_OPTS=-Daorta.threads=abc $train --out "$work/d"
        try 1 'aorta.simd=1024' env JAVA_OPTS=-Daorta.simd=1024 $train --out "$work/e"
        try 0 'no temporary folder' env JAVA_OPTS=-Djava.io.tmpdir=/nonexistent $train --out "$work/f"
        if command -v gcc >/dev/null; then
            train="$unet train --data $work/data --base 2 --depth 1 --epochs 1"
            for harm in '_exit(0)' 'abort()' 'raise(SIGSEGV)' 'for (;;) pause()'; do
                mkdir -p "$work/cuda"
                printf '#include <signal.h>\n#include <stdlib.h>\n#include <unistd.h>\n__attribute__((constructor)) static void f(void) { %s; }\n' \
                    "$harm" >"$work/harm.c"
                gcc -shared -fPIC -o "$work/cuda/libcuda.so.1" "$work/harm.c"
                out=$(mktemp -d "$work/run-XXXXXX")
                try 0 "a driver that does $harm" env XDG_CACHE_HOME="$work/cache" \
                    JAVA_OPTS="-Daorta.cuda.path=$work/cuda -Daorta.cuda.trial.seconds=3" $train --out "$out"
            done
            out=$(mktemp -d "$work/run-XXXXXX")
            try 0 'a driver, and no temporary folder' env XDG_CACHE_HOME="$work/other" \
                JAVA_OPTS="-Daorta.cuda.path=$work/cuda -Djava.io.tmpdir=/nonexistent" $train --out "$out"
        fi
    }
}

# A disk of so many KiB is full after the settings, a model, a checkpoint or the scores, and then grows.
disks() {
    phantom
    train="$unet train --data $work/data $options --epochs 4"
    # shellcheck disable=SC2086
    try 0 'undisturbed' $train --out "$work/whole"
    disk=$work/disk
    mkdir "$disk"
    if ! mount -t tmpfs -o size=64m none "$disk" 2>"$work/err"; then
        echo "skipped: disks of a size need the right to mount: $(cat "$work/err")"
        return
    fi
    for size in 4 12 20 28 40 56 72 88 112 144; do
        rm -rf "$disk/run"
        mount -o remount,size=${size}k "$disk"
        # shellcheck disable=SC2086
        run $train --out "$disk/run"
        first=$code
        right=no
        if [ $first -eq 0 ] && same "$disk/run"; then
            verdict yes "a disk of $size KiB is large enough"
            continue
        fi
        grep -q "$disk/run.*[Nn]o space left" "$work/err" && [ $first -eq 1 ] && [ "$lines" -le 2 ] && right=yes
        verdict $right "a disk of $size KiB is full: exit code $first"
        mount -o remount,size=64m "$disk"
        if [ -f "$disk/run/config.json" ]; then
            try 0 '  it grows, the training goes on' "$unet" train --resume "$disk/run"
        else
            # shellcheck disable=SC2086
            try 0 '  it grows, the training begins' $train --out "$disk/run"
        fi
        right=no
        same "$disk/run" && [ -z "$(find "$disk/run" -name '*.tmp' -print -quit)" ] && right=yes
        verdict $right '  and ends with the bytes of the undisturbed one'
    done
    for what in predict prepare; do
        rm -rf "${disk:?}"/*
        mount -o remount,size=16k "$disk"
        case $what in
            predict) try 1 'predict on a full disk' "$unet" predict --model "$work/whole" "$work/data/validation_images.tfrecords" --out "$disk/p" ;;
            prepare) try 1 'prepare on a full disk' "$unet" prepare phantom --out "$disk/p" --train 12 --val 3 ;;
        esac
        mount -o remount,size=64m "$disk"
        case $what in
            predict) try 0 '  again when it has grown' "$unet" predict --model "$work/whole" "$work/data/validation_images.tfrecords" --out "$disk/p" ;;
            prepare) try 0 '  again when it has grown' "$unet" prepare phantom --out "$disk/p" --train 12 --val 3 ;;
        esac
    done
    rm -rf "${disk:?}"/*
    mount -o remount,ro "$disk"
    # shellcheck disable=SC2086
    try 1 'a disk that cannot be written' $train --out "$disk/run"
    umount "$disk"
}

# begun COMMAND...: in the background, until its third epoch has ended; sets "process"
begun() {
    "$@" >"$work/out" 2>"$work/err" &
    process=$!
    until grep -q '^epoch 3/' "$work/out"; do
        kill -0 $process 2>/dev/null || break
        sleep 0.05
    done
}

signals() {
    phantom
    train="$unet train --data $work/data $options --epochs 60"
    # shellcheck disable=SC2086
    {
        try 0 'undisturbed' $train --out "$work/whole"
        for signal in TERM:143 INT:130 HUP:129; do
            run=$work/${signal%:*}
            # a shell without jobs starts what runs beside it deaf for SIGINT
            begun setsid env --default-signal=INT $train --out "$run"
            kill -"${signal%:*}" $process
            code=0
            wait $process || code=$?
            right=no
            [ $code -eq "${signal#*:}" ] && grep -q 'go on with' "$work/out" && right=yes
            verdict $right "SIG${signal%:*}: exit code $code, and how to go on"
            try 0 '  it goes on' "$unet" train --resume "$run"
            right=no
            same "$run" && right=yes
            verdict $right '  and ends with the bytes of the undisturbed one'
        done
        begun $train --out "$work/stopped"
        for i in 1 2 3 4 5; do
            kill -STOP $process
            sleep 0.2
            kill -CONT $process
            sleep 0.1
        done
        wait $process
        right=no
        same "$work/stopped" && right=yes
        verdict $right 'stopped and continued five times: the same bytes'
        try 1 'two trainings in one folder' $train --out "$work/stopped"
        for i in 1 2 3 4 5; do
            (cd "$work" && $unet train --data "$work/data" --base 2 --depth 1 --epochs 1 --device cpu >"$work/five$i" 2>&1) &
        done
        wait
        right=no
        [ "$(find "$work/runs" -name report.html | wc -l)" -eq 5 ] && right=yes
        verdict $right 'five trainings begun in one second'
    }
}

# intact REGISTRY WHAT: whether it is as it was left
intact() {
    run "$unet" verify "$1" --public-key "$work/key.pub"
    right=no
    [ "$code" -eq 0 ] && right=yes
    verdict $right "$2"
}

# Registrations that are killed, on full disks, and five at once: the next command goes on, and nothing is lost or half there.
registries() {
    phantom
    # shellcheck disable=SC2086
    try 0 'a training' "$unet" train --data "$work/data" $options --epochs 1 --out "$work/run"
    try 0 'a key' "$unet" key "$work/key"
    keep="$unet register $work/run --name lv --key $work/key --device cpu --registry"
    kept=$work/killed
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        $keep "$kept" >"$work/out" 2>"$work/err" &
        process=$!
        until [ -d "$kept/models/lv" ] && find "$kept/models/lv" -maxdepth 1 -name '.making-*' | grep -q . || ! kill -0 $process 2>/dev/null; do
            :
        done
        sleep "0.0$((i % 4))"
        kill -9 $process 2>/dev/null || true
        wait $process 2>/dev/null || true
    done
    # shellcheck disable=SC2086
    try 0 'a registration after twelve that were killed' $keep "$kept"
    intact "$kept" "  and all is as it was left, $(grep -c '"event":"register"' "$kept/log.jsonl") versions"
    for i in 1 2 3 4 5; do
        # shellcheck disable=SC2086
        $keep "$work/five" >"$work/five$i" 2>&1 &
    done
    wait
    right=no
    [ "$(find "$work/five/models/lv" -mindepth 1 -maxdepth 1 -name '[1-5]' | wc -l)" -eq 5 ] && right=yes
    verdict $right 'five registrations begun at once'
    intact "$work/five" '  and all is as it was left'
    disk=$work/disk
    mkdir "$disk"
    if ! mount -t tmpfs -o size=64m none "$disk" 2>"$work/err"; then
        echo "skipped: disks of a size need the right to mount: $(cat "$work/err")"
        return
    fi
    for size in 4 8 16 24 32 40 48 56 64 72 80 96; do
        rm -rf "${disk:?}"/*
        mount -o remount,size=${size}k "$disk"
        # shellcheck disable=SC2086
        run $keep "$disk/registry"
        mount -o remount,size=64m "$disk"
        if [ "$code" -eq 0 ]; then
            verdict yes "a disk of $size KiB is large enough"
        else
            right=no
            grep -q '[Nn]o space left' "$work/err" && [ "$code" -eq 1 ] && [ "$lines" -le 2 ] && right=yes
            verdict $right "a disk of $size KiB is full: exit code $code"
            # shellcheck disable=SC2086
            try 0 '  it grows, the next registration goes on' $keep "$disk/registry"
        fi
        intact "$disk/registry" '  and all is as it was left'
    done
    umount "$disk"
}
