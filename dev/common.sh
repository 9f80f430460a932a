# What the commands in this folder share. Sourced by bash after `set -euo pipefail`.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

fail() {
  echo "dev/$(basename "$0"): $*" >&2
  exit 1
}

# One compiler for each processor, but no more than the memory carries (Beast takes 1 GB a file).
jobs_max() {
  local cores memory_kb by_memory
  cores="$(nproc)"
  memory_kb="$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)"
  by_memory=$((${memory_kb:-4000000} / 1200000))
  ((by_memory >= 1)) || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# ccache, where it is present, must find the same work in another clone. CMake looks for it itself.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$root}"
export CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"
export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-time_macros}"
if [[ -z "${CCACHE_DIR:-}" && (-z "${HOME:-}" || ! -w "${HOME:-/}") ]]; then
  export CCACHE_DIR="$root/build/ccache"  # nowhere else to write
fi

# configure PRESET [cmake options]: quiet when all is well.
configure() {
  local preset="$1" log="$root/build/$1.configure.log"
  shift
  mkdir -p "$root/build"
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    fail "CMake could not configure the preset '$preset'"
  fi
}

# build PRESET [targets...]
build() {
  local preset="$1"
  shift
  cmake --build "$root/build/$preset" -j "$(jobs_max)" ${1:+--target "$@"} </dev/null
}

# clang_tool NAME: the version 14 of a clang tool, whatever it is called here; fails when absent.
clang_tool() {
  local candidate
  for candidate in "$1-14" "$1"; do
    if command -v "$candidate" >/dev/null && "$candidate" --version 2>/dev/null | grep -q 'version 14\.'; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

# Every C++ file of ours, one a line.
cpp_files() {
  find runtime models sandbox tools agents guards hooks trials hosts tests bench examples -name '*.h' -o -name '*.cpp' | LC_ALL=C sort
}
