#!/bin/bash
#SBATCH --job-name=repro
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --signal=B:TERM@120
# A Ray cluster on the allocated nodes for as long as the job lasts, and one run on it: sbatch docs/slurm.sh [CLAIM ...]
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:?submit it with sbatch, from the clone}"
export PATH="$PWD/.venv/bin:$PATH" RAY_USAGE_STATS_ENABLED=0
export RAY_AUTH_MODE=token # nobody else on these machines gets in
RAY_AUTH_TOKEN=$(python -c "import secrets; print(secrets.token_hex(32))")
export RAY_AUTH_TOKEN
port=$((20000 + SLURM_JOB_ID % 10000)) # other jobs may have a cluster on this node
address=$(hostname --ip-address | awk '{print $1}'):$port

ray start --head --block --num-cpus=0 --node-ip-address="${address%:*}" --port="$port" --include-dashboard=false \
    --temp-dir="/tmp/ray-$SLURM_JOB_ID" >/dev/null &
head=$!
until python -c "import socket; socket.create_connection(('${address%:*}', $port), 1)" 2>/dev/null; do
    kill -0 "$head"
    sleep 1
done
srun ray start --block --address="$address" --num-cpus="${SLURM_CPUS_PER_TASK:-1}" >/dev/null &
nodes=$!

repro run "$@" --tier "${TIER:-full}" --executor ray --address "$address" &
run=$!
trap 'kill -TERM $run' TERM # near the time limit: what is finished is kept, and the same line goes on
code=0
while kill -0 "$run" 2>/dev/null; do # a signal ends the wait before the run has ended
    code=0
    wait "$run" || code=$?
done
kill "$nodes" "$head" 2>/dev/null || true
wait
exit "$code"
