#include "tools/mcp/stdio_link.h"

#include <map>

#include "runtime/base/text.h"
#include "runtime/loop/signal.h"
#include "tools/broker/secrets.h"

namespace yoke::mcp {
namespace {

constexpr std::size_t kErrorLineBytesMax = 2'000;

// Cuts bytes into lines; one over the bound is given up.
class LineCutter {
 public:
  explicit LineCutter(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // False: a line was too long.
  template <typename Take>
  bool feed(std::string_view bytes, const Take& take) {
    while (true) {
      const std::size_t end = bytes.find('\n');
      if (begun_.size() + std::min(end, bytes.size()) > bytes_max_) return false;
      if (end == std::string_view::npos) break;
      begun_ += bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      const std::string line = std::exchange(begun_, {});
      take(line);
    }
    begun_ += bytes;
    return true;
  }
  void drop() { begun_.clear(); }

 private:
  const std::size_t bytes_max_;
  std::string begun_;
};

struct Waiting {
  LinkListener* listener = nullptr;
  std::optional<LinkAnswer> answer;
  Signal done;
};

}  // namespace

struct StdioLink::State {
  explicit State(OnLine told) : on_line(std::move(told)) {}

  void heard(std::string_view bytes);
  void heard_error(std::string_view bytes);
  void line(const std::string& text);
  void take(RpcMessage message);
  void cut(RpcMessage& message) const;
  void close(std::string how);
  void note(std::string_view text) const {
    if (on_line) on_line(text);
  }
  LinkListener* listener_for(const RpcMessage& message) const;

  OnLine on_line;
  SecretCutter cutter;
  LinkListener* listener = nullptr;
  std::map<std::string, Waiting*> waiting;  // by the text of the id; on the frames of request()
  LineCutter lines{kMessageLimits.text_bytes_max};
  LineCutter error_lines{kErrorLineBytesMax};
  std::size_t bad_lines = 0;
  std::string closed;  // why
  Signal ended;
  std::unique_ptr<process::GuardedProcess> process;
};

void StdioLink::State::heard(std::string_view bytes) {
  if (!closed.empty()) return;
  const bool well = lines.feed(bytes, [this](const std::string& text) { line(text); });
  if (!well) close("it said a line of over 16 MiB");
}

void StdioLink::State::heard_error(std::string_view bytes) {
  const bool well = error_lines.feed(bytes, [this](const std::string& text) { note(text); });
  if (!well) error_lines.drop();
}

void StdioLink::State::line(const std::string& text) {
  if (trim(text).empty() || !closed.empty()) return;
  ReadMessage read = read_message(text);
  if (auto* message = std::get_if<RpcMessage>(&read)) {
    cut(*message);
    return take(std::move(*message));
  }
  // Programs print greetings where only messages belong; a few are let pass.
  note("not a message: " + shorten(text, 200));
  if (++bad_lines > kBadLinesMax) close("it says what are no messages on its standard output");
}

// What concerns one request goes to its listener: progress says whose it is. Of the rest, a lone
// request hears it, for it is the only reason that there is to speak.
LinkListener* StdioLink::State::listener_for(const RpcMessage& message) const {
  const Json& meta_token = member_at(message.params, "progressToken");
  if (!meta_token.is_null()) {
    const auto found = waiting.find(id_text(meta_token));
    return found == waiting.end() ? nullptr : found->second->listener;
  }
  LinkListener* last = nullptr;
  for (const auto& [id, one] : waiting) {
    if (one->listener == nullptr) continue;
    if (last != nullptr) return listener;
    last = one->listener;
  }
  return last != nullptr ? last : listener;
}

// In what was read, and not in the line: a short secret must not break the form of a message.
void StdioLink::State::cut(RpcMessage& message) const {
  if (cutter.empty()) return;
  message.params = cutter.cut_json(std::move(message.params));
  message.result = cutter.cut_json(std::move(message.result));
  message.error.message = cutter.cut(std::move(message.error.message));
  message.error.data = cutter.cut_json(std::move(message.error.data));
}

void StdioLink::State::take(RpcMessage message) {
  if (!message.is_answer()) {
    LinkListener* hears = listener_for(message);
    if (hears == nullptr) return;
    if (message.kind == RpcMessage::Kind::request) return hears->asked(message);
    return hears->notified(message);
  }
  const auto found = waiting.find(id_text(message.id));
  if (found == waiting.end() || found->second->answer) {
    return note("an answer to nothing that was asked: id " + shorten(id_text(message.id), 60));
  }
  found->second->answer.emplace();
  found->second->answer->message = std::move(message);
  found->second->done.notify();
}

void StdioLink::State::close(std::string how) {
  if (!closed.empty()) return;
  closed = std::move(how);
  for (const auto& [id, one] : waiting) {
    if (one->answer) continue;
    one->answer = no_answer(LinkFailure::Kind::cut, "the server ended during the call: " + closed);
    one->done.notify();
  }
  if (process) process->kill();
  ended.notify();
}

Result<std::unique_ptr<StdioLink>> StdioLink::start(const asio::any_io_executor& executor,
                                                    process::Command command,
                                                    std::chrono::milliseconds grace, OnLine on_line,
                                                    const std::vector<Secret>& secrets) {
  auto state = std::make_shared<State>(std::move(on_line));
  for (const Secret& secret : secrets) state->cutter.add("of the server", secret.reveal());
  command.converses = true;
  process::GuardedProcess::Events events;
  State* const raw = state.get();  // it owns the process, which calls them
  events.output = [raw](std::string_view bytes) { raw->heard(bytes); };
  events.errors = [raw](std::string_view bytes) { raw->heard_error(bytes); };
  events.ended = [raw](const std::string& how) { raw->close(how); };
  auto started = process::GuardedProcess::start(executor, command, grace, std::move(events));
  if (!started) return started.error();
  state->process = std::move(*started);
  return std::make_unique<StdioLink>(std::move(state));
}

StdioLink::StdioLink(std::shared_ptr<State> state) : state_(std::move(state)) {}

StdioLink::~StdioLink() {
  state_->listener = nullptr;
  state_->close("it was stopped");
  state_->process.reset();
}

namespace {

// One request's place among those that wait, whichever way it ends.
class Place {
 public:
  Place(std::shared_ptr<StdioLink::State> state, const Json& id, bool cancels, Waiting& waiting)
      : state_(std::move(state)), id_(id), cancels_(cancels), waiting_(waiting) {
    state_->waiting[id_text(id_)] = &waiting_;
  }
  ~Place() {
    state_->waiting.erase(id_text(id_));
    if (waiting_.answer || !cancels_ || !state_->closed.empty()) return;
    const Json params = {{"requestId", id_}, {"reason", "the call was given up"}};
    state_->process->write(to_text(notification_message("notifications/cancelled", params)) + "\n");
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  const std::shared_ptr<StdioLink::State> state_;
  const Json id_;
  const bool cancels_;
  Waiting& waiting_;
};

}  // namespace

awaitable<LinkAnswer> StdioLink::request(LinkRequest request, LinkListener* listener) {
  const std::shared_ptr<State> state = state_;
  if (!state->closed.empty()) {
    co_return no_answer(LinkFailure::Kind::unavailable, "the server has ended: " + state->closed);
  }
  if (state->waiting.size() >= kWaitingMax) {
    co_return no_answer(LinkFailure::Kind::unavailable, "too many calls of this server wait");
  }
  Waiting waiting;
  waiting.listener = listener;
  const Place place(state, request.message.id, request.cancels, waiting);
  if (!state->process->write(to_text(request.message) + "\n")) {
    waiting.answer = no_answer(LinkFailure::Kind::unavailable, "the server does not read");
  } else {
    auto wait = wait_in_time(waiting.done, request.time);
    const bool in_time = co_await std::move(wait);
    if (!in_time && !waiting.answer) {
      co_return no_answer(LinkFailure::Kind::timed_out, "the server did not answer in time");
    }
  }
  co_return std::move(*waiting.answer);
}

awaitable<void> StdioLink::say(RpcMessage message) {
  tell(std::move(message));
  co_return;
}

void StdioLink::tell(RpcMessage message) {
  if (state_->closed.empty()) state_->process->write(to_text(message) + "\n");
}

void StdioLink::set_listener(LinkListener* listener) { state_->listener = listener; }
void StdioLink::begin(const std::string&) {}
bool StdioLink::is_open() const { return state_->closed.empty(); }
std::string StdioLink::why_closed() const { return state_->closed; }

awaitable<void> StdioLink::close(Deadline deadline) {
  const std::shared_ptr<State> state = state_;
  if (!state->closed.empty()) co_return;
  state->process->close_input();
  const bool ended = co_await state->ended.wait_until(deadline);
  if (!ended) state->process->terminate();
}

pid_t StdioLink::pid() const { return state_->process->pid(); }
void StdioLink::let_go() { state_->process->let_go(); }

}  // namespace yoke::mcp
