#!/usr/bin/env bash
# Runs the full and gpu tiers of all reproductions on a GPU with the JAX backend, and packs the record, nothing else.
# After a stop the same line goes on. Usage: docs/accelerator.sh RESULTS.tar.gz [CLAIM or reproduction ...]
set -euo pipefail
cd "$(dirname "$0")/.."
packed=$(realpath -m "${1:?name the file for the record, as results.tar.gz}")
shift
python=${PYTHON:-.venv/bin/python}
results=$(realpath -m "${REPRO_RESULTS:-results}")
export REPRO_RESULTS=$results KERAS_BACKEND=jax

card=$("$python" -c "from common.engine import backend; print(backend.accelerator('jax'))")
if [ -z "$card" ] && [ "${JAX_PLATFORMS:-}" != cpu ]; then
    echo "JAX would use no GPU here: repro doctor says why. To try the script without one: JAX_PLATFORMS=cpu" >&2
    exit 2
fi
echo "trains on ${card:-the CPU}"

worst=0
for tier in ${TIERS:-full gpu}; do
    code=0
    # What pays on this card, for whoever declares the arms. Lanes that do not fit are halved in the run itself.
    "$python" -m reproductions plan "$@" --tier "$tier" --probe || code=$?
    if [ "$code" = 2 ] && [ "$tier" = gpu ]; then
        continue # no arms at this tier, as was said
    fi
    code=0
    "$python" -m reproductions run "$@" --tier "$tier" || code=$?
    [ "$code" -lt 100 ] || exit "$code" # interrupted: what is finished is kept
    [ "$code" -le "$worst" ] || worst=$code
done
tar -czf "$packed" -C "$(dirname "$results")" "$(basename "$results")"
echo "the record is in $packed"
exit "$worst"
