#include "hosts/repl/verb_output.h"

#include <filesystem>
#include <string_view>

#include "runtime/loop/signal.h"
#include "runtime/process/guarded_process.h"

extern char** environ;

namespace yoke {
namespace {

constexpr std::chrono::milliseconds kVerbGrace{500};

std::map<std::string, std::string> whole_environment() {
  std::map<std::string, std::string> env;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view pair = *each;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    env.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return env;
}

}  // namespace

awaitable<Result<VerbOutput>> output_of_verb(std::vector<std::string> words) {
  const auto executor = co_await asio::this_coro::executor;
  VerbOutput out;
  Signal ended;
  process::Command command;
  command.words = std::move(words);
  command.env = whole_environment();
  command.dir = std::filesystem::current_path().string();
  process::GuardedProcess::Events events;
  events.output = [&out](std::string_view bytes) {
    const std::size_t room = kVerbBytesMax - std::min(kVerbBytesMax, out.text.size());
    out.cut = out.cut || bytes.size() > room;
    out.text += bytes.substr(0, room);
  };
  events.ended = [&ended](const std::string&) { ended.notify(); };
  const Result<std::unique_ptr<process::GuardedProcess>> child =
      process::GuardedProcess::start(executor, command, kVerbGrace, std::move(events));
  if (!child) co_return Error{Errc::unavailable, child.error().message()};
  co_await ended.wait();
  co_return out;
}

}  // namespace yoke
