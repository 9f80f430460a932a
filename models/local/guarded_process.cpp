#include "models/local/guarded_process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "models/local/guard.h"
#include "runtime/base/handle.h"
#include "runtime/base/text.h"

namespace yoke::local {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

std::string text_of(int number) { return std::generic_category().message(number); }

Error cannot_start(const std::string& program, const std::string& why) {
  return Error{Errc::unavailable, "'" + program + "' cannot be started: " + why};
}

bool is_program(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::string how_of(int status) {
  if (WIFEXITED(status)) return "it exited with status " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  return "signal " + std::to_string(number) + " (" + ::strsignal(number) + ") ended it";
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Result<std::string> find_program(const Command& command) {
  const std::string& name = command.words.front();
  if (name.find('/') != std::string::npos) {
    const std::string path = name.starts_with('/') ? name : command.dir + "/" + name;
    if (is_program(path)) return path;
    return Error{Errc::not_found, "there is no program '" + path + "'"};
  }
  const auto found = command.env.find("PATH");
  const std::string places = found == command.env.end() ? "" : found->second;
  for (const std::string& folder : split(places, ':')) {
    const std::string path = folder + "/" + name;
    if (folder.starts_with('/') && is_program(path)) return path;
  }
  return Error{Errc::not_found,
               "there is no program '" + name + "' in PATH: install it, or write its whole path"};
}

struct GuardedProcess::State {
  using Self = std::shared_ptr<State>;

  State(const asio::any_io_executor& executor, Events told)
      : socket(executor), output(executor), events(std::move(told)) {}
  ~State() { reap(); }

  static void watch_socket(const Self& self);
  static void watch_output(const Self& self);
  void pump_socket(const Self& self);
  ssize_t read_output();
  void end(const std::string& how);
  void order(char byte);
  void reap();

  asio::posix::stream_descriptor socket;
  asio::posix::stream_descriptor output;
  Events events;
  pid_t guard = 0;
  pid_t child = 0;
  std::string not_started;
  bool ended = false;
};

void GuardedProcess::State::watch_socket(const Self& self) {
  self->socket.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self](boost::system::error_code failed) {
                            if (!failed && !self->ended) self->pump_socket(self);
                          });
}

void GuardedProcess::State::watch_output(const Self& self) {
  self->output.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self](boost::system::error_code failed) {
                            if (failed || self->ended) return;
                            if (self->read_output() != 0) watch_output(self);
                          });
}

// The bytes that came; 0 at the end, -1 when there are none now.
ssize_t GuardedProcess::State::read_output() {
  std::array<char, kReadBytes> bytes;
  const ssize_t got = ::read(output.native_handle(), bytes.data(), bytes.size());
  if (got > 0) events.output(std::string_view(bytes.data(), static_cast<std::size_t>(got)));
  return got;
}

void GuardedProcess::State::pump_socket(const Self& self) {
  GuardReport report;
  const ssize_t got = ::recv(socket.native_handle(), &report, sizeof report, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return watch_socket(self);
  if (got != static_cast<ssize_t>(sizeof report)) {
    // The guard was killed; the kernel has killed the child, and this ends the rest of its group.
    if (child > 0) ::kill(-child, SIGKILL);
    return end("its guard was killed, and it with it");
  }
  if (report.kind == GuardReport::Kind::started) child = report.number;
  if (report.kind == GuardReport::Kind::not_started) not_started = text_of(report.number);
  if (report.kind == GuardReport::Kind::ended) return end(how_of(report.number));
  watch_socket(self);
}

void GuardedProcess::State::end(const std::string& how) {
  constexpr int kReadsMax = 256;  // what it printed last; a pipe holds less
  for (int reads = 0; reads < kReadsMax && read_output() > 0; ++reads) continue;
  ended = true;
  child = 0;
  reap();
  events.ended(not_started.empty() ? how : "it could not be started: " + not_started);
}

void GuardedProcess::State::order(char byte) {
  if (!ended) ::send(socket.native_handle(), &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// The end of the socket tells the guard to end the group, if it has not, and then itself.
void GuardedProcess::State::reap() {
  boost::system::error_code ignored;
  socket.close(ignored);
  output.close(ignored);
  if (guard <= 0) return;
  while (::waitpid(guard, nullptr, 0) < 0 && errno == EINTR) continue;
  guard = 0;
}

Result<std::unique_ptr<GuardedProcess>> GuardedProcess::start(const asio::any_io_executor& executor,
                                                              const Command& command,
                                                              std::chrono::milliseconds grace,
                                                              Events events) {
  const Result<std::string> program = find_program(command);
  if (!program) return program.error();
  std::array<int, 2> ends{-1, -1};
  std::array<int, 2> pipe{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return cannot_start(*program, text_of(errno));
  }
  Handle ours(ends[0]);
  const Handle theirs(ends[1]);
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return cannot_start(*program, text_of(errno));
  Handle read_end(pipe[0]);
  const Handle write_end(pipe[1]);
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  std::vector<std::string> words = command.words;
  std::vector<std::string> env;
  for (const auto& [name, value] : command.env) env.push_back(name + "=" + value);
  std::vector<char*> argv = pointers(words);
  std::vector<char*> envp = pointers(env);
  GuardOrder order;
  order.socket = theirs.get();
  order.output = write_end.get();
  order.program = program->c_str();
  order.words = argv.data();
  order.env = envp.data();
  order.dir = command.dir.c_str();
  order.grace_ms = static_cast<int>(grace.count());
  const pid_t guard = ::fork();
  if (guard < 0) return cannot_start(*program, text_of(errno));
  if (guard == 0) run_guard(order);
  auto state = std::make_shared<State>(executor, std::move(events));
  state->guard = guard;
  state->socket.assign(ours.release());
  state->output.assign(read_end.release());
  State::watch_socket(state);
  State::watch_output(state);
  return std::make_unique<GuardedProcess>(std::move(state));
}

GuardedProcess::GuardedProcess(std::shared_ptr<State> state) : state_(std::move(state)) {}

GuardedProcess::~GuardedProcess() {
  state_->ended = true;  // what still arrives is for nobody
  state_->reap();
}

void GuardedProcess::terminate() { state_->order(kGuardTerminate); }
void GuardedProcess::kill() { state_->order(kGuardKill); }

void GuardedProcess::let_go() {
  state_->ended = true;
  ::shutdown(state_->socket.native_handle(), SHUT_RDWR);
}

pid_t GuardedProcess::pid() const { return state_->child; }

}  // namespace yoke::local
