#!/usr/bin/env bash
# Everything that waits for a GPU, in about five minutes: the CUDA tests, decoding in fixed shapes against plain
# `generate` (the embedded model, and random weights of opus-mt's size), and the time of a training update.
#   eval/speed/on_gpu.sh FOLDER news.ar PIECES
# Logs go to FOLDER; news.ar holds one Arabic sentence a line, PIECES the two sides that `opus.py` has trained.
set -uo pipefail
folder=$1 news=$2 pieces=$3
cd "$(dirname "$0")/../.."
mkdir -p "$folder"
python=${PYTHON:-python3}
random=$(mktemp -d)
step() { # name, seconds at most, command
    local name=$1 most=$2
    shift 2
    timeout "$most" "$@" >"$folder/$name.log" 2>&1
    echo "$name: exit $? after ${SECONDS} s in all"
    tail -n 12 "$folder/$name.log"
}
step tests 100 "$python" -m pytest -q -p no:cacheprovider tests/engines/test_cuda.py
step embedded 90 "$python" eval/speed/gpu.py workbench/embedded "$news" --sentences 2000 --repeats 3
cp "$pieces/source.spm" "$pieces/target.spm" "$random"
"$python" eval/speed/opus.py "$random"
step opus 60 "$python" eval/speed/gpu.py "$random" "$news" --sentences 2000 --repeats 3 --beams 1 --force 40
step updates 40 "$python" eval/training/updates.py
step compiled 80 "$python" eval/training/updates.py --tokens 32000 --shapes "pre-norm 8+2" --compile
rm -rf "$random"
