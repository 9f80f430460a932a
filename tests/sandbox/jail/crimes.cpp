#include "tests/sandbox/jail/crimes.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

namespace yoke::sandbox::test {

namespace {

// What a raw system call gave: 0, or its errno. Through no wrapper, which might do something else.
template <class... Args>
int raw(long number, Args... args) {
  return ::syscall(number, args...) < 0 ? errno : 0;
}

constexpr long kOpenHere = AT_FDCWD;

sockaddr_un somewhere() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "/tmp/elsewhere");
  return address;
}

int open_file(int) { return raw(SYS_open, "/etc/passwd", O_RDONLY); }
int open_at(int) { return raw(SYS_openat, kOpenHere, "/etc/passwd", O_RDONLY); }
int open_own_memory(int) { return raw(SYS_openat, kOpenHere, "/proc/self/mem", O_RDWR); }
int open_shared_memory(int) {
  return raw(SYS_openat, kOpenHere, "/dev/shm/x", O_RDWR | O_CREAT, 0600);
}
int make_socket(int) { return raw(SYS_socket, AF_INET, SOCK_STREAM, 0); }
int make_raw_socket(int) { return raw(SYS_socket, AF_NETLINK, SOCK_RAW, 0); }
int connect_socket(int socket) {
  const sockaddr_un address = somewhere();
  return raw(SYS_connect, socket, &address, sizeof address);
}
int send_elsewhere(int socket) {
  const sockaddr_un address = somewhere();
  return raw(SYS_sendto, socket, "x", 1, MSG_NOSIGNAL, &address, sizeof address);
}
int receive_handles(int socket) {
  msghdr message{};
  return raw(SYS_recvmsg, socket, &message, MSG_DONTWAIT);
}
int send_handles(int socket) {
  msghdr message{};
  return raw(SYS_sendmsg, socket, &message, MSG_DONTWAIT);
}
int run_program(int) {
  const char* const words[] = {"/bin/sh", nullptr};
  return raw(SYS_execve, "/bin/sh", words, nullptr);
}
int fork_by_clone(int) { return raw(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0); }
int fork_by_clone3(int) {
  clone_args args{};
  args.exit_signal = SIGCHLD;
  return raw(SYS_clone3, &args, sizeof args);
}
int be_traced(int) { return raw(SYS_ptrace, PTRACE_TRACEME, 0, nullptr, nullptr); }
int trace_parent(int) { return raw(SYS_ptrace, PTRACE_ATTACH, 1, nullptr, nullptr); }
int kill_parent(int) { return raw(SYS_kill, 1, SIGKILL); }
int kill_all(int) { return raw(SYS_kill, -1, SIGKILL); }
int map_executable(int) {
  return raw(SYS_mmap, nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
int map_file(int) { return raw(SYS_mmap, nullptr, 4096, PROT_READ, MAP_PRIVATE, 0, 0); }
int make_executable(int) {
  alignas(4096) static std::array<char, 4096> page{};
  return raw(SYS_mprotect, page.data(), page.size(), PROT_READ | PROT_WRITE | PROT_EXEC);
}
int set_up_ring(int) {
  io_uring_params params{};
  return raw(SYS_io_uring_setup, 8, &params);
}
int make_memory_file(int) { return raw(SYS_memfd_create, "x", 0); }
int become_root(int) { return raw(SYS_setresuid, 0, 0, 0); }
int leave_namespaces(int) { return raw(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS); }
int mount_proc(int) { return raw(SYS_mount, "proc", "/", "proc", 0, nullptr); }
int type_into_terminal(int) {
  char letter = 'x';
  return raw(SYS_ioctl, 0, TIOCSTI, &letter);
}
int read_other_memory(int) {
  char byte = 0;
  const iovec here{&byte, 1};
  const iovec there{reinterpret_cast<void*>(0x400000), 1};
  return raw(SYS_process_vm_readv, 1, &here, 1, &there, 1, 0);
}

#ifdef __x86_64__
int call_as_32_bit(int) {  // getpid of i386, by its own gate
  long result = 20;
  asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  return result < 0 ? static_cast<int>(-result) : 0;
}
int call_as_x32(int) { return raw(0x40000000L | SYS_getpid); }
int open_as_x32(int) { return raw(0x40000000L | SYS_open, "/etc/passwd", O_RDONLY); }
#endif

// More memory than it was given, in pieces that it uses.
int take_all_memory(int) {
  constexpr std::size_t kPiece = 8 << 20;
  for (int i = 0; i < 4'096; ++i) {
    void* const piece =
        ::mmap(nullptr, kPiece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) return errno;
    static_cast<char*>(piece)[0] = 'x';
  }
  return 0;
}

// Any descriptor but its socket.
int use_other_descriptors(int socket) {
  for (int descriptor = 0; descriptor < 4'096; ++descriptor) {
    if (descriptor == socket) continue;
    char byte = 0;
    if (raw(SYS_recvfrom, descriptor, &byte, 1, MSG_DONTWAIT, nullptr, nullptr) != EBADF) return 0;
    if (raw(SYS_sendto, descriptor, &byte, 1, MSG_DONTWAIT, nullptr, 0) != EBADF) return 0;
  }
  return EBADF;
}

constexpr auto kDenied = Crime::End::denied;

#define YOKE_CALL(name) \
  Crime { #name, Crime::End::killed, nullptr, SYS_##name }

constexpr Crime kCrimes[] = {
    {"open a file", {}, open_file},
    {"openat", {}, open_at},
    {"open /proc/self/mem", {}, open_own_memory},
    {"shm_open", {}, open_shared_memory},
    {"socket", {}, make_socket},
    {"netlink socket", {}, make_raw_socket},
    {"connect", {}, connect_socket},
    {"sendto another address", {}, send_elsewhere},
    {"recvmsg", {}, receive_handles},
    {"sendmsg", {}, send_handles},
    {"execve", {}, run_program},
    {"clone", {}, fork_by_clone},
    {"clone3", {}, fork_by_clone3},
    {"ptrace TRACEME", {}, be_traced},
    {"ptrace ATTACH", {}, trace_parent},
    {"kill", {}, kill_parent},
    {"kill everybody", {}, kill_all},
    {"mmap executable", {}, map_executable},
    {"mmap a file", {}, map_file},
    {"mprotect executable", {}, make_executable},
    {"io_uring_setup", {}, set_up_ring},
    {"memfd_create", {}, make_memory_file},
    {"setresuid", {}, become_root},
    {"unshare", {}, leave_namespaces},
    {"mount", {}, mount_proc},
    {"ioctl TIOCSTI", {}, type_into_terminal},
    {"process_vm_readv", {}, read_other_memory},
#ifdef __x86_64__
    {"int 0x80", {}, call_as_32_bit},
    {"x32 getpid", {}, call_as_x32},
    {"x32 open", {}, open_as_x32},
#endif
    {"more memory than it has", kDenied, take_all_memory},
    {"descriptors of others", kDenied, use_other_descriptors},

    YOKE_CALL(read),
    YOKE_CALL(write),
    YOKE_CALL(fork),
    YOKE_CALL(vfork),
    YOKE_CALL(execveat),
    YOKE_CALL(openat2),
    YOKE_CALL(creat),
    YOKE_CALL(socketpair),
    YOKE_CALL(bind),
    YOKE_CALL(listen),
    YOKE_CALL(accept4),
    YOKE_CALL(tgkill),
    YOKE_CALL(tkill),
    YOKE_CALL(rt_sigqueueinfo),
    YOKE_CALL(pidfd_open),
    YOKE_CALL(pidfd_getfd),
    YOKE_CALL(pidfd_send_signal),
    YOKE_CALL(prctl),
    YOKE_CALL(arch_prctl),
    YOKE_CALL(seccomp),
    YOKE_CALL(pkey_mprotect),
    YOKE_CALL(process_vm_writev),
    YOKE_CALL(process_madvise),
    YOKE_CALL(userfaultfd),
    YOKE_CALL(bpf),
    YOKE_CALL(perf_event_open),
    YOKE_CALL(keyctl),
    YOKE_CALL(add_key),
    YOKE_CALL(request_key),
    YOKE_CALL(io_uring_enter),
    YOKE_CALL(io_uring_register),
    YOKE_CALL(shmget),
    YOKE_CALL(shmat),
    YOKE_CALL(msgget),
    YOKE_CALL(semget),
    YOKE_CALL(mq_open),
    YOKE_CALL(setuid),
    YOKE_CALL(setgid),
    YOKE_CALL(setgroups),
    YOKE_CALL(setfsuid),
    YOKE_CALL(capset),
    YOKE_CALL(umount2),
    YOKE_CALL(pivot_root),
    YOKE_CALL(chroot),
    YOKE_CALL(setns),
    YOKE_CALL(fsopen),
    YOKE_CALL(open_tree),
    YOKE_CALL(move_mount),
    YOKE_CALL(name_to_handle_at),
    YOKE_CALL(open_by_handle_at),
    YOKE_CALL(fanotify_init),
    YOKE_CALL(inotify_init1),
    YOKE_CALL(kexec_load),
    YOKE_CALL(init_module),
    YOKE_CALL(finit_module),
    YOKE_CALL(delete_module),
    YOKE_CALL(reboot),
    YOKE_CALL(swapon),
    YOKE_CALL(acct),
    YOKE_CALL(quotactl),
    YOKE_CALL(syslog),
    YOKE_CALL(settimeofday),
    YOKE_CALL(clock_settime),
    YOKE_CALL(sethostname),
    YOKE_CALL(personality),
    YOKE_CALL(prlimit64),
    YOKE_CALL(setpriority),
    YOKE_CALL(sched_setscheduler),
    YOKE_CALL(sched_setaffinity),
    YOKE_CALL(kcmp),
    YOKE_CALL(ioctl),
    YOKE_CALL(fcntl),
    YOKE_CALL(dup3),
    YOKE_CALL(pipe2),
    YOKE_CALL(splice),
    YOKE_CALL(vmsplice),
    YOKE_CALL(sendfile),
    YOKE_CALL(eventfd2),
    YOKE_CALL(signalfd4),
    YOKE_CALL(timerfd_create),
    YOKE_CALL(timer_create),
    YOKE_CALL(epoll_create1),
    YOKE_CALL(getdents64),
    YOKE_CALL(stat),
    YOKE_CALL(readlink),
    YOKE_CALL(chdir),
    YOKE_CALL(unlink),
    YOKE_CALL(rename),
    YOKE_CALL(mkdir),
    YOKE_CALL(symlink),
    YOKE_CALL(link),
    YOKE_CALL(chmod),
    YOKE_CALL(chown),
    YOKE_CALL(truncate),
    YOKE_CALL(mknod),
    YOKE_CALL(getpid),
    YOKE_CALL(getppid),
    YOKE_CALL(uname),
    YOKE_CALL(sysinfo),
    YOKE_CALL(getrandom),
    YOKE_CALL(set_robust_list),
    YOKE_CALL(membarrier),
    YOKE_CALL(rt_sigaction),
    YOKE_CALL(setitimer),
    YOKE_CALL(pause),
    YOKE_CALL(wait4),
    YOKE_CALL(landlock_create_ruleset),
    YOKE_CALL(mlockall),
#ifdef __x86_64__
    YOKE_CALL(modify_ldt),
    YOKE_CALL(iopl),
    YOKE_CALL(ioperm),
#endif
};

#undef YOKE_CALL

}  // namespace

std::span<const Crime> crimes() { return kCrimes; }

}  // namespace yoke::sandbox::test
