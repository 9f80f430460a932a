#!/usr/bin/env bash
# Has systemd read the unit files, with programs and paths that are on this machine in the place of
# those that an installation has. What it has to say about them fails the test.
set -euo pipefail
where="$(mktemp -d)"
trap 'rm -rf "$where"' EXIT
sed "s|/usr/local/bin/yoke|$(command -v true)|; /^Documentation=/d" deploy/yoke.service \
  >"$where/yoke.service"
cp deploy/yoke.socket "$where/"
said="$(systemd-analyze verify --recursive-errors=no "$where/yoke.service" "$where/yoke.socket" 2>&1 |
  grep -E "yoke\.(service|socket)" || true)"
if [[ -n "$said" ]]; then
  echo "$said"
  exit 1
fi
