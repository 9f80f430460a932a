#include "sandbox/jail/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "runtime/base/handle.h"

namespace yoke::sandbox {

namespace {

// The kernel's structure at its newest; the headers at hand may know a shorter one.
struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};

struct Abi {
  int version;
  std::uint64_t files;  // the rights it knows, from bit 0
  std::uint64_t network;
  std::uint64_t scopes;
  std::size_t bytes;  // of the structure that it takes
};

constexpr std::uint64_t bits(int count) { return (std::uint64_t{1} << count) - 1; }

constexpr Abi kAbis[] = {
    {6, bits(16), bits(2), bits(2), 24},
    {5, bits(16), bits(2), 0, 16},
    {4, bits(15), bits(2), 0, 16},
    {3, bits(15), 0, 0, 8},
    {2, bits(14), 0, 0, 8},
    {1, bits(13), 0, 0, 8},
};

}  // namespace

namespace {

constexpr std::uint64_t kReading =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kReadingFile = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;

void let_read(int rules, const char* path) noexcept {
  const int below = ::open(path, O_PATH | O_CLOEXEC);
  if (below < 0) return;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = kReading;
  rule.parent_fd = below;
  if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    rule.allowed_access = kReadingFile;  // of a file
    ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  }
  ::close(below);
}

}  // namespace

int enter_landlock_reading(const char* const* paths) noexcept {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  for (const Abi& abi : kAbis) {
    if (version < abi.version) continue;
    Ruleset ruleset;
    ruleset.files = abi.files;
    ruleset.network = abi.network;
    ruleset.scopes = abi.scopes;
    const Handle rules(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &ruleset, abi.bytes, 0)));
    if (rules.get() < 0) return 0;
    for (; *paths != nullptr; ++paths) let_read(rules.get(), *paths);
    const bool entered = ::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0;
    return entered ? abi.version : 0;
  }
  return 0;
}

int enter_landlock() {
  const char* const none[] = {nullptr};
  return enter_landlock_reading(none);
}

}  // namespace yoke::sandbox
