#!/bin/sh
# Makes the repository "station", a weather station's program, with the same commits whenever and wherever it is run, and
# writes its history into data/history.txt as `git log` tells it.
set -eu
cd "$(dirname "$0")"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 TZ=UTC LC_ALL=C
rm -rf station
git -c init.defaultBranch=master init -q station

# commit AUTHOR DAY SUBJECT FILE LINE...
commit() {
  name=$1 day=$2 subject=$3 file=$4
  shift 4
  printf '%s\n' "$@" >>"station/$file"
  git -C station add "$file"
  mail="$(printf '%s' "$name" | tr 'A-Z ' 'a-z.')@station.example"
  GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=$mail GIT_AUTHOR_DATE="2026-03-${day}T09:00:00+0000" \
    GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=$mail GIT_COMMITTER_DATE="2026-03-${day}T09:00:00+0000" \
    git -C station -c commit.gpgsign=false commit -q -m "$subject"
}
release() { git -C station tag "$1"; }

commit 'Ida Moe' 01 'feat: read the rain gauge' station.lua \
  'local function rain() return gauge.tips() * 0.2 end'
commit 'Ida Moe' 02 'feat: read the thermometer' station.lua \
  'local function temperature() return probe.read() end'
release v1.0
commit 'Tor Vik' 03 'fix: keep the last reading when the sensor is silent' station.lua \
  'local last = {}' 'local function keep(name, value) last[name] = value or last[name] end'
commit 'Ida Moe' 04 'docs: tell how to mount the mast' mast.md \
  'Mount the mast ten metres from the nearest wall.'
release v1.1
commit 'Tor Vik' 05 'feat(wind): read the anemometer' wind.lua \
  'local function wind() return cups.turns() * 2.4 end'
commit 'Ida Moe' 06 'feat: show gusts beside the mean wind' wind.lua \
  'local function gust(speeds) return math.max(table.unpack(speeds)) end'
commit 'Tor Vik' 07 'fix: no longer count a shower twice at midnight' station.lua \
  'local function is_new_day(a, b) return a // 86400 ~= b // 86400 end'
commit 'Siv Lie' 08 'perf: read all sensors in one round, in a third of the time' bus.lua \
  'local function round(sensors) return bus.read_all(sensors) end'
commit 'Ida Moe' 09 'chore: sort the imports' bus.lua \
  'local bus, cups, gauge, probe = require "bus", require "cups", require "gauge", require "probe"'
commit 'Siv Lie' 10 'fix(rain): round to tenths of a millimetre' station.lua \
  'local function tenths(mm) return math.floor(mm * 10 + 0.5) / 10 end'
release v1.2
commit 'Siv Lie' 11 'feat: send a warning when frost is likely' frost.lua \
  'local function frost(now, before) return now < 2 and now < before end'
commit 'Tor Vik' 12 'docs: say what each lamp means' lamps.md \
  'Green: all sensors answer. Amber: one is silent. Red: no power.'
release v1.3

mkdir -p data
git -C station log --reverse --format='%H|%an|%ad|%d|%s' --date=short >data/history.txt
