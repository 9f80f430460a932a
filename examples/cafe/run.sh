#!/bin/bash
# Runs a Microsoft 365 Copilot agent against its API, which it starts on this machine (with Node).
# examples/cafe/run.sh [PATH-OF-yoke]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
yoke=$(realpath "${1:-yoke}")
cd "$here"
rm -rf .yoke
mkfifo .address
node api/serve.mjs > .address &
api=$!
trap 'kill "$api"; rm -f .address' EXIT
read -r CAFE_URL < .address
export CAFE_URL
show() { echo "\$ yoke $*"; "$yoke" -q "$@" || echo "(status $?)"; echo; }
show plugins check agents/cafe --env "CAFE_URL=$CAFE_URL"
show run cafe "What is there for lunch?"
show run cafe "Order 2 soup"
show runs answer @last a.c3.0 yes
show runs resume @last
show run --yes cafe "Order 1 unicorn"
