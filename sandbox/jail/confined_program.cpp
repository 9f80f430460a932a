#include "sandbox/jail/confined_program.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "runtime/base/handle.h"
#include "sandbox/jail/filter.h"
#include "sandbox/jail/landlock.h"

namespace yoke::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kErrorsMax = 2'000;
constexpr int kNotShutIn = 126;  // exit statuses of the child before it is the program
constexpr int kNotStarted = 127;
constexpr int kHighFirst = 10;
constexpr uid_t kNobodyUser = 65534;

Error program_error(Errc code, const ConfinedProgram& program, const std::string& what) {
  return Error{code, "'" + program.words.front() + "' " + what};
}

Error cannot_run(const ConfinedProgram& program) {
  return program_error(Errc::unavailable, program,
                       "cannot be started: " + std::generic_category().message(errno));
}

// All that the child needs, made before the fork: afterwards it may not allocate.
struct ConfinedOrder {
  int input = -1;
  int output = -1;
  int errors = -1;
  char* const* words = nullptr;
  const char* const* readable = nullptr;
  const SyscallFilter* filter = nullptr;
  rlim_t memory = 0;
  rlim_t cpu_seconds = 0;
};

bool bound_to(__rlimit_resource resource, rlim_t value) noexcept {
  const rlimit bound{value, value};
  return ::setrlimit(resource, &bound) == 0;
}

bool set_bounds(const ConfinedOrder& order) noexcept {
  return bound_to(RLIMIT_AS, order.memory) && bound_to(RLIMIT_CPU, order.cpu_seconds) &&
         bound_to(RLIMIT_FSIZE, 0) && bound_to(RLIMIT_CORE, 0) && bound_to(RLIMIT_NOFILE, 64) &&
         bound_to(RLIMIT_MEMLOCK, 0) && bound_to(RLIMIT_MSGQUEUE, 0);
}

// By the kernel's calls: those of the C library would tell threads that the child does not have.
void give_up_powers() noexcept {
  if (::geteuid() == 0) {
    ::syscall(SYS_setgroups, 0, nullptr);
    ::syscall(SYS_setresgid, kNobodyUser, kNobodyUser, kNobodyUser);
    ::syscall(SYS_setresuid, kNobodyUser, kNobodyUser, kNobodyUser);
  }
  __user_cap_header_struct header{};
  header.version = _LINUX_CAPABILITY_VERSION_3;
  const __user_cap_data_struct none[2] = {};
  ::syscall(SYS_capset, &header, none);
}

[[noreturn]] void become_confined(const ConfinedOrder& order, pid_t parent) noexcept {
  ::setpgid(0, 0);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int input = ::fcntl(order.input, F_DUPFD, kHighFirst);
  const int output = ::fcntl(order.output, F_DUPFD, kHighFirst);
  const int errors = ::fcntl(order.errors, F_DUPFD, kHighFirst);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(errors, 2);
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  give_up_powers();
  // After them: another identity forgets it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kNotShutIn);
  const bool bounded = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && set_bounds(order);
  enter_landlock_reading(order.readable);
  if (!bounded || ::chdir("/") != 0 || !order.filter->install()) ::_exit(kNotShutIn);
  char path[] = "PATH=/usr/bin:/bin";
  char language[] = "LC_ALL=C.UTF-8";
  char* const env[] = {path, language, nullptr};
  ::execve(order.words[0], order.words, env);
  ::_exit(kNotStarted);
}

// A file in memory, which may be read from its end, too, and written by nobody.
Result<Handle> input_file(const ConfinedProgram& program) {
  Handle file(::memfd_create("yoke-input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file.get() < 0) return cannot_run(program);
  for (std::size_t at = 0; at < program.input.size();) {
    const ssize_t put = ::write(file.get(), program.input.data() + at, program.input.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return cannot_run(program);
    at += static_cast<std::size_t>(put);
  }
  const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  const bool sealed = ::fcntl(file.get(), F_ADD_SEALS, seals) == 0;
  if (!sealed || ::lseek(file.get(), 0, SEEK_SET) != 0) return cannot_run(program);
  return file;
}

// The child, until it is reaped.
class ConfinedChild {
 public:
  explicit ConfinedChild(pid_t pid)
      : pid_(pid), process_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  ConfinedChild(const ConfinedChild&) = delete;
  ConfinedChild& operator=(const ConfinedChild&) = delete;
  ~ConfinedChild() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    static_cast<void>(wait());
  }
  int process() const { return process_.get(); }  // can be read when it has ended
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
  Handle process_;
};

struct Pipe {
  Handle read;
  Handle write;
};

bool open_pipe(Pipe& made) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  made.read = Handle(ends[0]);
  made.write = Handle(ends[1]);
  ::fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
  return true;
}

// Reads what there is; false at the end.
bool take(int fd, std::string& into, std::size_t most) {
  std::array<char, 16 * 1024> piece;
  const ssize_t got = ::read(fd, piece.data(), piece.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  const std::size_t room = most - std::min(most, into.size());
  into.append(piece.data(), std::min(room, static_cast<std::size_t>(got)));
  return got > 0;
}

// Until it has ended and its outputs with it; else why it is not waited for any longer.
std::optional<Errc> listen_to(int process, int output, int errors, const ConfinedProgram& program,
                              ConfinedEnd& end) {
  if (process < 0) return Errc::unavailable;
  const Clock::time_point deadline = Clock::now() + program.within;
  std::array<pollfd, 3> all{pollfd{output, POLLIN, 0}, pollfd{errors, POLLIN, 0},
                            pollfd{process, POLLIN, 0}};
  while (all[0].fd >= 0 || all[1].fd >= 0 || all[2].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return Errc::timed_out;
    const int ready = ::poll(all.data(), all.size(), static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return Errc::unavailable;
    if (ready <= 0) continue;
    if (all[0].revents != 0 && !take(output, end.output, program.output_bytes_max + 1)) {
      all[0].fd = -1;
    }
    if (all[1].revents != 0 && !take(errors, end.errors, kErrorsMax)) all[1].fd = -1;
    if (all[2].revents != 0) all[2].fd = -1;
    for (pollfd& each : all) each.revents = 0;
    if (end.output.size() > program.output_bytes_max) return Errc::too_large;
  }
  return std::nullopt;
}

std::vector<std::string> readable_paths(const ConfinedProgram& program) {
  const std::string& path = program.words.front();
  return {"/usr",       "/lib",       "/lib32",       "/lib64",
          "/bin",       "/nix/store", "/gnu/store",   "/etc/ld.so.cache",
          "/etc/fonts", "/dev/null",  "/dev/urandom", path.substr(0, path.rfind('/') + 1)};
}

}  // namespace

Result<ConfinedEnd> run_confined(const ConfinedProgram& program) {
  const Result<SyscallFilter> filter = SyscallFilter::build_for_program();
  if (!filter) return filter.error();
  const Result<Handle> input = input_file(program);
  if (!input) return input.error();
  Pipe output;
  Pipe errors;
  if (!open_pipe(output) || !open_pipe(errors)) return cannot_run(program);
  std::vector<std::string> words = program.words;
  std::vector<char*> word_pointers;
  for (std::string& word : words) word_pointers.push_back(word.data());
  word_pointers.push_back(nullptr);
  const std::vector<std::string> paths = readable_paths(program);
  std::vector<const char*> path_pointers;
  for (const std::string& path : paths) path_pointers.push_back(path.c_str());
  path_pointers.push_back(nullptr);
  ConfinedOrder order;
  order.input = input->get();
  order.output = output.write.get();
  order.errors = errors.write.get();
  order.words = word_pointers.data();
  order.readable = path_pointers.data();
  order.filter = &*filter;
  order.memory = program.memory_bytes_max;
  order.cpu_seconds = static_cast<rlim_t>(program.within.count() / 1'000 + 1);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return cannot_run(program);
  if (pid == 0) become_confined(order, parent);
  ConfinedChild child(pid);
  output.write = Handle();
  errors.write = Handle();
  ConfinedEnd end;
  const std::optional<Errc> failed =
      listen_to(child.process(), output.read.get(), errors.read.get(), program, end);
  if (failed == Errc::timed_out) {
    return program_error(Errc::timed_out, program,
                         "took over " + std::to_string(program.within.count()) + " ms");
  }
  if (failed == Errc::too_large) {
    return program_error(Errc::too_large, program,
                         "said over " + std::to_string(program.output_bytes_max) + " bytes");
  }
  if (failed) return cannot_run(program);
  end.status = child.wait();
  if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == kNotShutIn) {
    return program_error(Errc::unavailable, program, "cannot be shut in here");
  }
  if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == kNotStarted) {
    return program_error(Errc::unavailable, program, "cannot be started");
  }
  return end;
}

}  // namespace yoke::sandbox
