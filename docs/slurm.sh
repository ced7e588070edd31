#!/bin/bash
#SBATCH --job-name=repro
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --signal=B:TERM@120
# A Ray cluster on the allocated nodes for as long as the job lasts, and one run on it: sbatch docs/slurm.sh [CLAIM ...]
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:?submit it with sbatch, from the clone}"
export PATH="$PWD/.venv/bin:$PATH" RAY_USAGE_STATS_ENABLED=0 RAY_worker_niceness=0
export RAY_AUTH_MODE=token # nobody else on these machines gets in
RAY_AUTH_TOKEN=$(python -c "import secrets; print(secrets.token_hex(32))")
export RAY_AUTH_TOKEN
port=$((20000 + SLURM_JOB_ID % 10000)) # other jobs may have a cluster on this node
address=$(hostname --ip-address | awk '{print $1}'):$port

options=(--block --num-cpus="${SLURM_CPUS_PER_TASK:-1}" --disable-usage-stats)
scratch=$(mktemp --directory /tmp/repro-XXXXXX)

ray start --head --node-ip-address="${address%:*}" --port="$port" --include-dashboard=false --temp-dir="$scratch" \
    "${options[@]}" >"$scratch.log" &
nodes=($!)
until grep -q "runtime started" "$scratch.log"; do
    kill -0 "${nodes[0]}"
    sleep 1
done
others=$((SLURM_JOB_NUM_NODES - 1))
if [ "$others" -gt 0 ]; then
    srun --nodes="$others" --ntasks="$others" --exclude="$SLURMD_NODENAME" \
        ray start --address="$address" "${options[@]}" >/dev/null &
    nodes+=($!)
fi

repro run "$@" --tier "${TIER:-full}" --executor ray --address "$address" \
    --workers $((SLURM_JOB_NUM_NODES * ${SLURM_CPUS_PER_TASK:-1})) &
run=$!
trap 'kill -TERM $run' TERM # near the time limit: what is finished is kept, and the same line goes on
code=0
while kill -0 "$run" 2>/dev/null; do # a signal ends the wait before the run has ended
    code=0
    wait "$run" || code=$?
done
kill "${nodes[@]}" 2>/dev/null || true
wait
rm -r "$scratch" "$scratch.log"
exit "$code"
