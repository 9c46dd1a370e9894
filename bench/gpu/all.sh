#!/usr/bin/env bash
# Everything that is measured on a card, part by part, into a folder of results:
#
#     bash bench/gpu/all.sh RESULTS PART...
#     bash bench/gpu/all.sh RESULTS plans:2b plans:5b planned:5b-i2v planned:1.5-5b attention products blocks compiled eight cached \
#       profile sage autotune official:5b:6 official:5b:16 loading:5b whole:2b \
#       recovery:2b recovery:5b recovery:5b-i2v recovery:1.5-5b leak:2b lost:2b
#
# Before: node bench/plans.ts write; for recovery where there is no Node, node bench/carry.ts. Wheels that the Python lacks
# are taken from .whl. Each part is cut by its own limit, so that one that is slow costs the others nothing.
set -u
results=$1
shift
work=${REELWRIGHT_BENCH_FOLDER:-/tmp/reelwright-bench}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
plans=$root/build/gpu
node=$(command -v node || true) recovery=$root/bench/recovery.ts
mkdir -p "$work/models" "$work/carried" "$results"

if compgen -G "$root/.whl/*.whl" >/dev/null && [ ! -d "$work/site" ]; then
  python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --target "$work/site" "$root"/.whl/*.whl
fi
export PYTHONPATH=$work/site PYTHONUNBUFFERED=1 TRITON_CACHE_DIR=$work/triton
# Pieces may come one at a time.
cp "$plans"/carried.tar.xz.* "$work/carried/" 2>/dev/null

# measure LIMIT NAME PROGRAM ARGUMENTS...: appends to NAME.jsonl what it prints, and says how long it took.
measure() {
  local limit=$1 name=$2 began=$SECONDS
  shift 2
  # What is held of the card before it begins: nothing, unless something else is at work.
  echo "--- $(python3 -S "$here/utilisation.py") $*" >>"$results/all.log"
  timeout -k 10 "$limit" "$@" >>"$results/$name.jsonl" 2>>"$results/all.log"
  echo "$name: exit $?, $((SECONDS - began)) s: ${*: -6}"
}
bench() {
  local limit=$1 name=$2 program=$3
  shift 3
  measure "$limit" "$name" python3 "$here/$program.py" "$@"
}
official() {
  bench "$1" official official --folder "$work/models" --plans-from "$plans/plans-$2.jsonl" --model "$2" "${@:3}"
}
plans() {
  bench "$1" plans plans --model "$2" --plans-from "$plans/plans-$2.jsonl" "${@:3}"
}
# What was carried along is of the right version.
unpack() {
  compgen -G "$work/carried/carried.tar.xz.*" >/dev/null || return 0
  if [ ! -d "$work/studio" ]; then
    mkdir -p "$work/studio"
    cat "$work"/carried/carried.tar.xz.* | python3 -c \
      'import sys, tarfile; tarfile.open(fileobj=sys.stdin.buffer, mode="r|xz").extractall(sys.argv[1], filter="data")' "$work/studio"
    chmod +x "$work/studio/node"
  fi
  node=$work/studio/node recovery=$work/studio/recovery.mjs
}
recover() {
  local limit=$1 model=$2 frames=49
  shift 2
  [ "$model" = 1.5-5b ] && frames=17
  unpack
  bench 90 models models "$model" "$work/models/$model"
  measure "$limit" recovery "$node" "$recovery" --root "$root" --python "$(command -v python3)" --site "$work/site" \
    --models "$work/models" --frames "$frames" "$@" "$model"
  # One model at a time: together they are larger than many a disk.
  rm -rf "${work:?}/models/$model"
}

for part in "$@"; do
  IFS=: read -r what model gib <<<"$part"
  case $what in
  # Steps of the smallest model are too short for two of them to tell.
  plans) plans 330 "$model" --steps "$([ "$model" = 2b ] && echo 8 || echo 3)" ;;
  planned) plans 150 "$model" --steps "$([ "$model" = 2b ] && echo 8 || echo 3)" --planned-only ;;
  attention) bench 90 attention attention ;;
  products) bench 180 products products ;;
  blocks) bench 120 blocks blocks ;;
  compiled)
    bench 400 compiled plans --model 5b --steps 6 --plans resident resident-compile block block-compile \
      resident-compile resident-int8 resident-int8-compile resident-int8mm resident-int8mm-compile block-int8mm-compile
    ;;
  eight) bench 150 compiled plans --model 5b --steps 6 --plans resident resident-fp8mm resident-int8mm ;;
  # Twice: the second time finds its kernels on the disk.
  official)
    official 300 "$model" --within "$gib" --ways "$([ "$gib" -lt 8 ] && echo sequential || echo model)" ours ours
    ;;
  cached)
    bench 330 compiled plans --model 5b --steps 50 --plans resident-cached resident-fp8mm-cached
    ;;
  # Where a step's time goes, and what the card's clock does meanwhile.
  profile) bench 330 profile profiling --model 5b ;;
  # In eight bits where SageAttention is among the wheels: the kernel alone, a step, and the picture.
  sage)
    bench 90 attention attention
    bench 240 compiled plans --model 5b --steps 6 --plans resident resident-sage resident-sage-compile
    bench 180 pictures pictures
    ;;
  # Does the compiler find faster kernels if it tries more of them?
  autotune) bench 300 compiled plans --model 5b --steps 6 --plans resident-compile --autotuned ;;
  whole) official 100 "$model" --within 6 --ways ours --whole ;;
  loading)
    bench 300 loading loading --folder "$work/models" --plans-from "$plans/plans-$model.jsonl" --model "$model" \
      --within 16 --ways model ours
    ;;
  recovery) recover 420 "$model" ;;
  lost) recover 240 "$model" --only "worker killed,card lost,another program" ;;
  leak) recover 360 "$model" --only "middle step" --repeat 20 ;;
  *) echo "There is no part $part." >&2 && exit 2 ;;
  esac
done
