#!/usr/bin/env bash
# Everything that is measured on a card, in three parts of at most ten minutes, into a folder of results:
#
#     bash bench/gpu/all.sh 1 RESULTS     plans under caps, compiled blocks
#     bash bench/gpu/all.sh 2 RESULTS     the library's recipes, loading, the other models
#     bash bench/gpu/all.sh 3 RESULTS     recovery
#
# Before: node bench/plans.ts write; for part 3 where there is no Node, node bench/carry.ts. Wheels that the Python lacks
# are taken from .whl. Each line is cut by its own limit, so that one that is slow costs the others nothing.
set -u
part=$1 results=$2
work=${REELWRIGHT_BENCH_FOLDER:-/tmp/reelwright-bench}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
plans=$root/build/gpu
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
  timeout -k 10 "$limit" "$@" >>"$results/$name.jsonl" 2>>"$results/$name.log"
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

case $part in
1)
  bench 150 plans plans --model 2b --steps 3 --plans-from "$plans/plans-2b.jsonl"
  bench 330 plans plans --model 5b --steps 3 --plans-from "$plans/plans-5b.jsonl"
  bench 80 compiled plans --model 5b --steps 6 --plans resident resident-compile
  ;;
2)
  official 150 5b --within 6 --ways sequential ours
  official 60 5b --within 16 --ways model ours
  bench 130 loading loading --folder "$work/models" --plans-from "$plans/plans-5b.jsonl" --model 5b --within 6 --ways model ours
  bench 60 plans plans --model 5b-i2v --steps 3 --planned-only --plans-from "$plans/plans-5b-i2v.jsonl"
  bench 100 plans plans --model 1.5-5b --steps 2 --planned-only --plans-from "$plans/plans-1.5-5b.jsonl"
  official 80 2b --within 6 --ways ours --whole
  ;;
3)
  node=$(command -v node || true) program=$root/bench/recovery.ts
  # What was carried along is of the right version.
  if compgen -G "$work/carried/carried.tar.xz.*" >/dev/null; then
    mkdir -p "$work/studio"
    cat "$work"/carried/carried.tar.xz.* | python3 -c \
      'import sys, tarfile; tarfile.open(fileobj=sys.stdin.buffer, mode="r|xz").extractall(sys.argv[1], filter="data")' "$work/studio"
    node=$work/studio/node program=$work/studio/recovery.mjs
    chmod +x "$node"
  fi
  for model in 2b 5b 5b-i2v 1.5-5b; do
    # One model at a time: together they are larger than many a disk.
    bench 60 models models "$model" "$work/models/$model"
    frames=49
    [ "$model" = 1.5-5b ] && frames=17
    measure 150 recovery "$node" "$program" --root "$root" --python "$(command -v python3)" --site "$work/site" \
      --models "$work/models" --frames "$frames" "$model"
    rm -rf "${work:?}/models/$model"
  done
  ;;
*)
  echo "Which part: 1, 2 or 3?" >&2
  exit 2
  ;;
esac
