#!/usr/bin/env bash
# Kills a run twice, lets it go on, forks it twice and compares. Needs no network.
# Usage: examples/crash/run.sh [YOKE]   (the program; `yoke` on the PATH when left out)
# It works on a copy of this folder, so it can be run again and again.
set -euo pipefail

yoke="$(command -v "${1:-yoke}")" || { echo "run.sh: no program '${1:-yoke}'" >&2; exit 2; }
yoke="$(realpath "$yoke")"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/crash"
ln -s "$yoke" "$work/bin/yoke"
export PATH="$work/bin:$PATH"
cp -r "$here"/{yoke.toml,agents,tools,models} "$work/crash"
cd "$work/crash"

say() { printf '\n'; printf '# %s\n' "$@"; }

# Shows a command as one types it, what it says, and how it ends when not well.
show() {
  local status=0
  printf '$ %s\n' "$1"
  { (bash -c "$1" </dev/null >"$work/out" 2>&1) || status=$?; } 2>/dev/null
  sed 's/^/  /' "$work/out"
  [[ $status == 0 ]] || echo "  (exit status $status$([[ $status == 137 ]] && echo ': killed'))"
}

newest() { yoke runs list --limit 1 --json | grep -o '"run":"[^"]*"' | tail -n 1 | cut -d'"' -f4; }
# The first event of $RUN that holds every one of these texts, and what it has under a name.
event() {
  local lines wanted
  lines="$(yoke runs events "$RUN" --json)"
  for wanted in "$@"; do lines="$(grep -F -- "$wanted" <<<"$lines")"; done
  head -n 1 <<<"$lines"
}
seq_of() { event "$@" | grep -o '"seq":[0-9]*' | cut -d: -f2; }
question_of() { event "$@" | grep -o '"question":"[^"]*"' | cut -d'"' -f4; }

say "Two of the tools do something to the world outside: they are granted that."
show 'yoke tools grant shop.book'
show 'yoke tools grant shop.mail'

say "The process is killed when the courier has booked the parcel, but before that is on record."
show 'YOKE_CRASH_AT=engine.after_tool:4 yoke run shipper "Ship order 17."'
RUN="$(newest)"
export RUN
show 'cat world/effects.log'

say "Resume: nothing finished is done again. The booking is in doubt: its probe finds it. Then the" \
  "process is killed again, when the mail is out."
show 'YOKE_CRASH_AT=engine.after_tool:2 yoke runs resume $RUN'

say "A mail has no probe, and is never repeated silently: the run waits for a person."
show 'yoke runs resume $RUN'

say "The person looks, and says that it happened."
show 'cat world/effects.log'
QUESTION="$(question_of question.asked)"
export QUESTION
show 'yoke runs answer $RUN $QUESTION happened'
show 'yoke runs resume $RUN'
show 'yoke runs show $RUN'

say "What if step 4 had brought another price? A fork shares the events before it and goes on."
AT="$(seq_of tool.returned '"price":12')"
export AT
show "yoke runs fork \$RUN --at \$AT --result '{\"parcel\": \"P-17\", \"price\": 480}'"
FORK="$(newest)"
export FORK
show 'yoke runs diff $RUN $FORK'

say "And what would another model have done from there?"
show 'yoke runs fork $RUN --at $AT --model demo/careful'
OTHER="$(newest)"
export OTHER
show 'yoke runs diff $RUN $OTHER'

say "One parcel and one mail of the run, one mail of the fork: nothing twice."
show 'cat world/effects.log'

say "The journal decides the same again, byte for byte, and its hash chain is whole."
show 'yoke runs replay $RUN'
show 'yoke runs replay $FORK'
show 'yoke runs verify'
