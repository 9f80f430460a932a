#include "tests/store/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <utility>

extern char** environ;

namespace yoke {
namespace {

std::vector<std::string> environment(const std::string& crash_at) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  if (!crash_at.empty()) all.push_back("YOKE_CRASH_AT=" + crash_at);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

Child::Child(const std::string& what, const std::string& path, const std::string& crash_at) {
  std::array<int, 2> to_child;
  std::array<int, 2> from_child;
  REQUIRE(::pipe2(to_child.data(), O_CLOEXEC) == 0);
  REQUIRE(::pipe2(from_child.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
  std::vector<std::string> words = {YOKE_STORE_CHILD, what, path};
  std::vector<std::string> variables = environment(crash_at);
  const int failed = ::posix_spawn(&pid_, YOKE_STORE_CHILD, &actions, nullptr,
                                   pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(to_child[0]);
  ::close(from_child[1]);
  input_ = to_child[1];
  output_ = from_child[0];
  REQUIRE(failed == 0);
}

Child::~Child() {
  ::close(input_);
  ::close(output_);
  if (pid_ < 0) return;
  kill();
  wait();
}

std::string Child::line() {
  std::size_t end = unread_.find('\n');
  while (end == std::string::npos) {
    std::array<char, 4096> buffer;
    const ssize_t bytes = ::read(output_, buffer.data(), buffer.size());
    if (bytes <= 0) return std::exchange(unread_, "");
    unread_.append(buffer.data(), static_cast<std::size_t>(bytes));
    end = unread_.find('\n');
  }
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

std::vector<std::string> Child::lines() {
  std::vector<std::string> all;
  for (std::string next = line(); !next.empty(); next = line()) all.push_back(next);
  return all;
}

int Child::wait() {
  int status = 0;
  REQUIRE(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void Child::kill() { ::kill(pid_, SIGKILL); }

}  // namespace yoke
