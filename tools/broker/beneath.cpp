#include "tools/broker/beneath.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace yoke {
namespace {

// The kernel answers EAGAIN when a rename elsewhere made a look-up ambiguous.
constexpr int kAttemptsMax = 32;

int open_once(int root, const std::string& path, const open_how& how) {
  return static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

bool is_of_the_kernel(int handle) {
  struct statfs facts {};
  if (::fstatfs(handle, &facts) != 0) return true;
  const auto type = static_cast<unsigned long>(facts.f_type);
  return type == PROC_SUPER_MAGIC || type == SYSFS_MAGIC || type == DEBUGFS_MAGIC ||
         type == TRACEFS_MAGIC || type == SECURITYFS_MAGIC || type == CGROUP_SUPER_MAGIC ||
         type == CGROUP2_SUPER_MAGIC || type == BPF_FS_MAGIC;
}

}  // namespace

Error file_error(int number, const std::string& path, const std::string& what) {
  const std::string subject = "cannot " + what + " '" + path + "': ";
  switch (number) {
    case ENOENT:
      return Error{Errc::not_found, subject + "there is no such file or folder"};
    case ELOOP:
    case EXDEV:
      return Error{Errc::denied,
                   subject + "it is, or passes, a link, or leaves the project folder"};
    case ENOTDIR:
      return Error{Errc::invalid, subject + "a part of the path is no folder"};
    case EISDIR:
      return Error{Errc::invalid, subject + "it is a folder"};
    case EACCES:
    case EPERM:
    case EROFS:
      return Error{Errc::denied, subject + "the file system forbids it"};
    case ENXIO:
      return Error{Errc::denied, subject + "it is no regular file"};
    case ENOSYS:
      return Error{Errc::unsupported, subject + "this kernel has no openat2 (Linux 5.6 or later)"};
    default:
      return Error{Errc::unavailable, subject + std::generic_category().message(number)};
  }
}

Result<Handle> open_beneath(int root, const std::string& path, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags) | O_CLOEXEC | O_NOFOLLOW;
  if ((flags & O_PATH) == 0) how.flags |= O_NONBLOCK | O_NOCTTY;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  int number = -1;
  for (int attempt = 0; attempt < kAttemptsMax && number < 0; ++attempt) {
    number = open_once(root, path, how);
    if (number < 0 && errno != EAGAIN && errno != EINTR) break;
  }
  if (number < 0) return file_error(errno, path, "open");
  return Handle(number);
}

Result<void> require_regular(const Handle& handle, const std::string& path) {
  struct stat facts {};
  if (::fstat(handle.get(), &facts) != 0) return file_error(errno, path, "look at");
  if (S_ISDIR(facts.st_mode)) return file_error(EISDIR, path, "open");
  if (!S_ISREG(facts.st_mode) || is_of_the_kernel(handle.get())) {
    return file_error(ENXIO, path, "open");
  }
  return {};
}

}  // namespace yoke
