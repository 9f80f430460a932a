#include "sandbox/jail/filter.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "runtime/base/handle.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define YOKE_SANITIZED 1
#else
#define YOKE_SANITIZED 0
#endif

namespace yoke::sandbox {

namespace {

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

Error cannot(const char* what, int number) {
  return Error{Errc::unavailable, std::string("the system call filter cannot be ") + what + ": " +
                                      std::generic_category().message(number)};
}

// Whatever it may be called with.
constexpr int kPlain[] = {
    SCMP_SYS(munmap),        SCMP_SYS(mremap),          SCMP_SYS(brk),          SCMP_SYS(madvise),
    SCMP_SYS(futex),         SCMP_SYS(exit_group),      SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),
    SCMP_SYS(clock_gettime), SCMP_SYS(restart_syscall),
};

// What the runtime of a sanitizer does behind a program's back.
constexpr int kSanitizers[] = {
    SCMP_SYS(write),        SCMP_SYS(getpid),         SCMP_SYS(gettid),   SCMP_SYS(sched_yield),
    SCMP_SYS(nanosleep),    SCMP_SYS(rt_sigprocmask), SCMP_SYS(tgkill),   SCMP_SYS(sigaltstack),
    SCMP_SYS(rt_sigaction), SCMP_SYS(mprotect),       SCMP_SYS(readlink), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getrusage),    SCMP_SYS(prctl),          SCMP_SYS(openat),   SCMP_SYS(close),
    SCMP_SYS(getrandom),
};

constexpr int kNotForPrograms[] = {
    // talking to others
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(mq_open),
    SCMP_SYS(shmget),
    SCMP_SYS(msgget),
    SCMP_SYS(semget),
    // other processes
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kill),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(setsid),
    SCMP_SYS(setpgid),
    // files
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(creat),
    SCMP_SYS(truncate),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(utimensat),
    SCMP_SYS(setxattr),
    SCMP_SYS(open_by_handle_at),
    // the machine
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(sethostname),
    SCMP_SYS(acct),
};

// Adds a rule, keeping the first failure.
template <class... Conditions>
void allow(int& failure, void* context, int call, Conditions... conditions) {
  if (failure != 0) return;
  failure = seccomp_rule_add(context, SCMP_ACT_ALLOW, call, sizeof...(conditions), conditions...);
}

int add_rules(void* context) {
  int failure = 0;
  for (const int call : kPlain) allow(failure, context, call);
  // No address: it talks to whom its socket is joined with, and to nobody else.
  const scmp_arg_cmp no_address = SCMP_A4(SCMP_CMP_EQ, 0, 0);
  allow(failure, context, SCMP_SYS(recvfrom), no_address);
  allow(failure, context, SCMP_SYS(sendto), no_address);
  // Memory of its own, never to be executed.
  const scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  const scmp_arg_cmp anonymous = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
  allow(failure, context, SCMP_SYS(mmap), not_executable, anonymous);
  if (YOKE_SANITIZED != 0) {
    for (const int call : kSanitizers) allow(failure, context, call);
  }
  return failure;
}

Result<std::vector<sock_filter>> export_program(void* context) {
  const Handle file(::memfd_create("yoke-filter", MFD_CLOEXEC));
  if (file.get() < 0) return cannot("built", errno);
  if (const int failure = seccomp_export_bpf(context, file.get()); failure != 0) {
    return cannot("built", -failure);
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return cannot("built", errno);
  const auto bytes = static_cast<std::size_t>(facts.st_size);
  std::vector<sock_filter> program(bytes / sizeof(sock_filter));
  if (::pread(file.get(), program.data(), bytes, 0) != facts.st_size) return cannot("read", errno);
  return program;
}

}  // namespace

Result<SyscallFilter> SyscallFilter::build() {
  const Context context(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (context == nullptr) return cannot("built", ENOMEM);
  // A call of another architecture's kills too, whatever its number.
  const int arch = seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (arch != 0) return cannot("built", -arch);
  if (const int failure = add_rules(context.get()); failure != 0) return cannot("built", -failure);
  Result<std::vector<sock_filter>> program = export_program(context.get());
  if (!program) return program.error();
  SyscallFilter filter;
  filter.program_ = std::move(*program);
  return filter;
}

Result<SyscallFilter> SyscallFilter::build_for_program() {
  const Context context(seccomp_init(SCMP_ACT_ALLOW));
  if (context == nullptr) return cannot("built", ENOMEM);
  int failure = 0;
  for (const int call : kNotForPrograms) {
    const int added = seccomp_rule_add(context.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    // Of the calls of other architectures there is nothing to forbid.
    if (added != 0 && added != -EDOM && failure == 0) failure = added;
  }
  if (failure != 0) return cannot("built", -failure);
  Result<std::vector<sock_filter>> program = export_program(context.get());
  if (!program) return program.error();
  SyscallFilter filter;
  filter.program_ = std::move(*program);
  return filter;
}

bool SyscallFilter::install() const noexcept {
  sock_fprog program{};
  program.len = static_cast<unsigned short>(program_.size());
  program.filter = const_cast<sock_filter*>(program_.data());
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace yoke::sandbox
