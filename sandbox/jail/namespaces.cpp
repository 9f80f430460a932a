#include "sandbox/jail/namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "runtime/base/handle.h"

namespace yoke::sandbox {

namespace {

bool write_file(const char* path, const std::string& text) {
  const Handle file(::open(path, O_WRONLY | O_CLOEXEC));
  return file.get() >= 0 &&
         ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool leave_user_namespace() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0) return false;
  // Without a mapping it is nobody there, which does as well but for mounting.
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
  write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
  return true;
}

}  // namespace

Namespaces leave_namespaces() {
  Namespaces left;
  left.user = leave_user_namespace();
  left.network = ::unshare(CLONE_NEWNET) == 0;
  left.ipc = ::unshare(CLONE_NEWIPC) == 0;
  left.mount = ::unshare(CLONE_NEWNS) == 0;
  static_cast<void>(::unshare(CLONE_NEWUTS));
  static_cast<void>(::unshare(CLONE_NEWCGROUP));
  return left;
}

bool empty_root() {
  // Any folder that is surely there serves as the place.
  const char* const place = "/proc";
  const unsigned long strict = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount("none", place, "tmpfs", strict, "size=4k,nr_inodes=2,mode=555") != 0) return false;
  if (::chdir(place) != 0) return false;
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return false;
  if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) return false;
  return ::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | strict, nullptr) == 0;
}

}  // namespace yoke::sandbox
