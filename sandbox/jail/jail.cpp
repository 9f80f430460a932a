#include "sandbox/jail/jail.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

#include "sandbox/jail/landlock.h"
#include "sandbox/jail/namespaces.h"

namespace yoke::sandbox {

namespace {

constexpr uid_t kNobody = 65534;

// Best effort: where it cannot be done the process stays who it is.
void give_up_root() {
  if (::geteuid() != 0) return;
  static_cast<void>(::setgroups(0, nullptr));
  static_cast<void>(::setresgid(kNobody, kNobody, kNobody));
  static_cast<void>(::setresuid(kNobody, kNobody, kNobody));
  // Another identity makes a process undumpable, and its own files in /proc root's.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

bool drop_capabilities() {
  for (int capability = 0; capability <= 63; ++capability) {
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{};
  header.version = _LINUX_CAPABILITY_VERSION_3;
  __user_cap_data_struct none[2] = {};
  return ::syscall(SYS_capset, &header, none) == 0;
}

std::int64_t mapped_bytes() {
  long pages = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  const bool read = std::fscanf(file, "%ld", &pages) == 1;
  std::fclose(file);
  return read ? pages * ::sysconf(_SC_PAGESIZE) : 0;
}

bool limit(__rlimit_resource resource, rlim_t value) {
  const rlimit bound{value, value};
  return ::setrlimit(resource, &bound) == 0;
}

bool set_limits(const Jail::Limits& limits, [[maybe_unused]] std::int64_t mapped) {
  bool all = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NPROC, 0) &&
             limit(RLIMIT_NOFILE, 0) && limit(RLIMIT_MEMLOCK, 0) && limit(RLIMIT_MSGQUEUE, 0) &&
             limit(RLIMIT_CPU, static_cast<rlim_t>(limits.cpu_seconds_max));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they map terabytes
  if (mapped == 0) return false;
  all = limit(RLIMIT_AS, static_cast<rlim_t>(mapped + limits.memory_bytes_max)) && all;
  all = limit(RLIMIT_DATA, static_cast<rlim_t>(mapped + limits.memory_bytes_max)) && all;
#endif
  return all;
}

void keep_only(int socket) {
  const auto kept = static_cast<unsigned>(socket);
  if (kept > 0) ::syscall(SYS_close_range, 0U, kept - 1, 0U);
  ::syscall(SYS_close_range, kept + 1, ~0U, 0U);
}

}  // namespace

Jail Jail::prepare() {
  Jail jail;
  Result<SyscallFilter> filter = SyscallFilter::build();
  if (filter) jail.filter_ = std::move(*filter);
  jail.mapped_bytes_ = mapped_bytes();
  give_up_root();
  const Namespaces own = leave_namespaces();
  jail.layers_.user_namespace = own.user;
  jail.layers_.network_namespace = own.network;
  jail.layers_.ipc_namespace = own.ipc;
  jail.layers_.empty_root = own.mount && empty_root();
  if (own.user || ::geteuid() == 0) jail.clone_flags_ = CLONE_NEWPID;
  jail.layers_.no_new_privileges = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  return jail;
}

Layers Jail::enter(int socket, const Limits& limits, bool is_alone) const {
  Layers layers = layers_;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  keep_only(socket);
  layers.process_namespace = is_alone;
  layers.landlock_abi = enter_landlock();
  layers.limits = set_limits(limits, mapped_bytes_);
  layers.no_capabilities = drop_capabilities();
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  layers.seccomp = filter_ && filter_->install();
  return layers;
}

}  // namespace yoke::sandbox
