#!/usr/bin/env bash
# Each library that PROGRAM names has to be in a package that the image's last stage installs, or be
# libc's, which every image has. Usage: libraries.sh PROGRAM
set -euo pipefail
installed=" $(sed -n '/^FROM debian:12-slim$/,$p' deploy/Dockerfile | tr '\n\\' '  ') "
mapfile -t paths < <(ldd "$1" | awk '$3 ~ "^/" { print $1, $3 }' |
  grep -Ff <(objdump -p "$1" | awk '/NEEDED/ { print $2 }') | awk '{ print $2 }' | xargs readlink -f)
# A package may know a file by its path before /lib became /usr/lib.
owners="$(dpkg-query -S "${paths[@]}" "${paths[@]/#/\/usr}" "${paths[@]#/usr}" 2>/dev/null || true)"
status=0
for path in "${paths[@]}"; do
  # Compared as text: a version like 2.3+dfsg1 is no pattern.
  package="$(awk -v wanted="${path#/usr}" '{ found = $NF; sub("^/usr", "", found) }
    found == wanted { sub(":.*", ""); print; exit }' <<<"$owners")"
  case "$package" in
    "" | libc6 | libgcc-s1) continue ;; # of no package here, so nothing can be said; libc's own
  esac
  if [[ "$installed" != *" $package "* ]]; then
    echo "deploy/Dockerfile: $package is missing, for $(basename "$path")"
    status=1
  fi
done
exit "$status"
