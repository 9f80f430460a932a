#include "runtime/process/guarded_process.h"

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
#include <utility>

#include "runtime/base/handle.h"
#include "runtime/base/text.h"
#include "runtime/process/guard.h"

namespace yoke::process {
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

// What the host, the guard and the child talk through, both ends of each.
struct Pipes {
  Handle our_socket;
  Handle their_socket;
  Handle read_output;
  Handle write_output;
  Handle read_errors;
  Handle write_errors;
  Handle read_input;
  Handle write_input;

  bool make(bool converses);
};

bool pipe_of(Handle& read_end, Handle& write_end) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  read_end = Handle(ends[0]);
  write_end = Handle(ends[1]);
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  return true;
}

bool sockets_of(int type, Handle& ours, Handle& theirs) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) return false;
  ours = Handle(ends[0]);
  theirs = Handle(ends[1]);
  return true;
}

// What it reads is a socket: a pipe whose reader has gone would end this process with a signal.
bool Pipes::make(bool converses) {
  if (!sockets_of(SOCK_SEQPACKET, our_socket, their_socket)) return false;
  if (!pipe_of(read_output, write_output)) return false;
  return !converses ||
         (pipe_of(read_errors, write_errors) && sockets_of(SOCK_STREAM, write_input, read_input));
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
      : socket(executor),
        output(executor),
        errors(executor),
        input(executor),
        events(std::move(told)) {}
  ~State() { reap(); }

  static void watch_socket(const Self& self);
  static void watch_output(const Self& self);
  static void watch_errors(const Self& self);
  static void watch_input(const Self& self);
  void pump_socket(const Self& self);
  ssize_t read_output();
  ssize_t read_errors();
  void send_input(const Self& self);
  void end(const std::string& how);
  void order(char byte);
  void reap();

  asio::posix::stream_descriptor socket;
  asio::posix::stream_descriptor output;
  asio::posix::stream_descriptor errors;  // closed where it does not converse, and so is:
  asio::posix::stream_descriptor input;
  std::string unsent;
  std::size_t sent = 0;  // of `unsent`
  bool input_ends = false;
  bool input_waits = false;  // for the child to read
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

void GuardedProcess::State::watch_errors(const Self& self) {
  self->errors.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self](boost::system::error_code failed) {
                            if (failed || self->ended) return;
                            if (self->read_errors() != 0) watch_errors(self);
                          });
}

ssize_t GuardedProcess::State::read_errors() {
  std::array<char, kReadBytes> bytes;
  const ssize_t got = ::read(errors.native_handle(), bytes.data(), bytes.size());
  if (got > 0 && events.errors) {
    events.errors(std::string_view(bytes.data(), static_cast<std::size_t>(got)));
  }
  return got;
}

void GuardedProcess::State::watch_input(const Self& self) {
  self->input_waits = true;
  self->input.async_wait(asio::posix::stream_descriptor::wait_write,
                         [self](boost::system::error_code failed) {
                           self->input_waits = false;
                           if (!failed && !self->ended) self->send_input(self);
                         });
}

// What does not go in at once goes when the child has read; an end that nobody reads drops the
// rest.
void GuardedProcess::State::send_input(const Self& self) {
  while (sent < unsent.size() && input.is_open()) {
    const ssize_t put = ::send(input.native_handle(), unsent.data() + sent, unsent.size() - sent,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return watch_input(self);
    if (put < 0) break;
    sent += static_cast<std::size_t>(put);
  }
  unsent.clear();
  sent = 0;
  boost::system::error_code ignored;
  if (input_ends) input.close(ignored);
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
  for (int reads = 0; errors.is_open() && reads < kReadsMax && read_errors() > 0; ++reads) continue;
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
  input.close(ignored);
  socket.close(ignored);
  output.close(ignored);
  errors.close(ignored);
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
  Pipes pipes;
  if (!pipes.make(command.converses)) return cannot_start(*program, text_of(errno));
  std::vector<std::string> words = command.words;
  std::vector<std::string> env;
  for (const auto& [name, value] : command.env) env.push_back(name + "=" + value);
  std::vector<char*> argv = pointers(words);
  std::vector<char*> envp = pointers(env);
  GuardOrder order;
  order.socket = pipes.their_socket.get();
  order.output = pipes.write_output.get();
  order.errors = pipes.write_errors.get();
  order.input = pipes.read_input.get();
  order.program = program->c_str();
  order.words = argv.data();
  order.env = envp.data();
  order.dir = command.dir.c_str();
  order.patience_ms = static_cast<int>(command.patience.count());
  order.grace_ms = static_cast<int>(grace.count());
  const pid_t guard = ::fork();
  if (guard < 0) return cannot_start(*program, text_of(errno));
  if (guard == 0) run_guard(order);
  auto state = std::make_shared<State>(executor, std::move(events));
  state->guard = guard;
  state->socket.assign(pipes.our_socket.release());
  state->output.assign(pipes.read_output.release());
  State::watch_socket(state);
  State::watch_output(state);
  if (command.converses) {
    state->errors.assign(pipes.read_errors.release());
    state->input.assign(pipes.write_input.release());
    State::watch_errors(state);
  }
  return std::make_unique<GuardedProcess>(std::move(state));
}

GuardedProcess::GuardedProcess(std::shared_ptr<State> state) : state_(std::move(state)) {}

GuardedProcess::~GuardedProcess() {
  state_->ended = true;  // what still arrives is for nobody
  state_->reap();
}

void GuardedProcess::terminate() { state_->order(kGuardTerminate); }
void GuardedProcess::kill() { state_->order(kGuardKill); }

bool GuardedProcess::write(std::string_view bytes) {
  State& state = *state_;
  if (state.ended || state.input_ends || !state.input.is_open()) return false;
  if (state.unsent.size() - state.sent + bytes.size() > kUnsentBytesMax) return false;
  if (state.sent > 0) state.unsent.erase(0, std::exchange(state.sent, 0));
  state.unsent += bytes;
  if (!state.input_waits) state.send_input(state_);
  return true;
}

void GuardedProcess::close_input() {
  state_->input_ends = true;
  if (!state_->input_waits && state_->input.is_open()) state_->send_input(state_);
}

void GuardedProcess::let_go() {
  state_->ended = true;
  boost::system::error_code ignored;
  state_->input.close(ignored);
  ::shutdown(state_->socket.native_handle(), SHUT_RDWR);
}

pid_t GuardedProcess::pid() const { return state_->child; }

}  // namespace yoke::process
