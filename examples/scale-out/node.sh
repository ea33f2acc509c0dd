#!/bin/sh
# One node of a cluster of three on this machine: sh node.sh 1|2|3, with the server's binary in RESTATE_SERVER.
base=${BASE:-8000}
addresses="[\"http://127.0.0.1:$((base + 31))\",\"http://127.0.0.1:$((base + 32))\",\"http://127.0.0.1:$((base + 33))\"]"
exec env RESTATE_DISABLE_TELEMETRY=true RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE=128MB \
  RESTATE_INGRESS__BIND_PORT=$((base + 10 + $1)) RESTATE_ADMIN__BIND_PORT=$((base + 20 + $1)) \
  RESTATE_BIND_PORT=$((base + 30 + $1)) RESTATE_ADVERTISED_ADDRESS="http://127.0.0.1:$((base + 30 + $1))" \
  RESTATE_METADATA_CLIENT__ADDRESSES="$addresses" RESTATE_DEFAULT_REPLICATION=2 \
  RESTATE_AUTO_PROVISION="$([ "$1" = 1 ] && echo true || echo false)" RUST_LOG=error \
  "$RESTATE_SERVER" --no-logo --base-dir ./restate --node-name "n$1" --cluster-name hookward \
  --default-num-partitions 8 --bind-ip 127.0.0.1 --listen-mode tcp
