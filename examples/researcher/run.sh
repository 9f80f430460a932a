#!/bin/bash
# Teaches the researcher this project's own pages, asks it, and makes it forget.
# examples/researcher/run.sh [PATH-OF-yoke]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
yoke=$(realpath "${1:-yoke}")
cd "$here"
rm -rf docs .yoke
mkdir docs
cp ../../docs/runs.md ../../docs/memory.md ../../docs/budgets.md docs/
show() { echo "\$ yoke $*"; "$yoke" -q "$@"; echo; }
for page in runs.md memory.md budgets.md; do show run agents/researcher.lua "learn $page"; done
show run agents/researcher.lua "What does Ctrl+C do to a run?"
show run agents/researcher.lua "What happens to the words of a forgotten entry?"
show memory search "when is money reserved?" --limit 3
show memory forget --all --yes --scope agent:researcher
show run agents/researcher.lua "What does Ctrl+C do to a run?"
