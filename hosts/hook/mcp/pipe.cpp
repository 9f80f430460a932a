#include "hosts/hook/mcp/pipe.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hosts/hook/mcp/modern_rules.h"
#include "hosts/hook/mcp/session.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/mailbox.h"
#include "tools/mcp/wire/capabilities.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::chrono::seconds kLastMoment{1};
constexpr std::chrono::milliseconds kLookAgain{10};
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kLineBytesMax = mcp::kMessageLimits.text_bytes_max;

// Lines of a descriptor. One thread at a time.
class LinesOf {
 public:
  explicit LinesOf(int descriptor) : descriptor_(descriptor) {}

  // None at the end. A line that is too long is cut: no message is read from it.
  std::optional<std::string> next() {
    while (true) {
      const std::size_t end = buffer_.find('\n', looked_);
      if (end != std::string::npos) return cut(end);
      looked_ = buffer_.size();
      if (buffer_.size() > kLineBytesMax) skip();
      if (fill()) continue;
      if (buffer_.empty()) return std::nullopt;
      return cut(buffer_.size());
    }
  }

 private:
  std::string cut(std::size_t end) {
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    looked_ = 0;
    return line;
  }

  // Keeps what says that it was too long, up to the end of the line.
  void skip() {
    buffer_.resize(kLineBytesMax);
    std::string rest = std::exchange(buffer_, {});
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      buffer_.clear();
      if (!fill()) break;
      end = buffer_.find('\n');
    }
    if (end != std::string::npos) buffer_.erase(0, end);
    buffer_.insert(0, rest);
    looked_ = rest.size();
  }

  bool fill() {
    char bytes[kReadBytes];
    while (true) {
      const ssize_t got = ::read(descriptor_, bytes, sizeof bytes);
      if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
      if (got < 0 && errno == EINTR) continue;
      return got > 0;
    }
  }

  const int descriptor_;
  std::string buffer_;
  std::size_t looked_ = 0;  // so far there is no end of a line
};

// Why not all was written; empty: it was.
std::string write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return std::strerror(errno);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

// All that is said to the client, in order.
class PipeWay final : public Way {
 public:
  void push(const mcp::RpcMessage& message) override { lines.push(mcp::to_text(message) + "\n"); }
  void end() override {}  // of a request: others go on

  Mailbox<std::string> lines;
  bool writing = false;
};

awaitable<void> write_lines(std::shared_ptr<PipeWay> way, Pool& pool, int out) {
  while (true) {
    std::string text = co_await way->lines.pop();
    way->writing = true;
    std::string more;
    while (way->lines.try_pop(more)) text += more;
    auto job = [out, text = std::move(text)] { return write_all(out, text); };
    const std::string why = co_await offload(pool, std::move(job));
    way->writing = false;
    if (!why.empty()) throw Fault("the client cannot be written to: " + why);
  }
}

class PipeHost {
 public:
  PipeHost(ServerRef server, Principal who, asio::any_io_executor executor)
      : server_(std::move(server)),
        who_(std::move(who)),
        way_(std::make_shared<PipeWay>()),
        session_(std::make_shared<Session>(server_, who_, way_, std::move(executor))) {}

  const std::shared_ptr<PipeWay>& way() const { return way_; }
  const SessionRef& session() const { return session_; }

  void take(const std::string& line) {
    if (trim(line).empty()) return;
    mcp::ReadMessage read = mcp::read_message(line);
    if (auto* bad = std::get_if<mcp::BadMessage>(&read)) {
      way_->push(mcp::error_message(bad->id, std::move(bad->error)));
      return;
    }
    auto& message = std::get<mcp::RpcMessage>(read);
    if (message.is_answer()) {
      session_->take_answer(std::move(message));
    } else if (message.kind == mcp::RpcMessage::Kind::notification) {
      session_->take_notification(message);
    } else {
      take_request(std::move(message));
    }
  }

  bool is_quiet() const {
    return session_->running() == 0 && way_->lines.empty() && !way_->writing;
  }

 private:
  void take_request(mcp::RpcMessage message) {
    if (mcp::is_modern(message.params)) return take_modern(std::move(message));
    if (message.method != "initialize") return Session::begin(session_, std::move(message), way_);
    Answer answer = session_->initialize(message.params);
    if (auto* error = std::get_if<mcp::RpcError>(&answer)) {
      way_->push(mcp::error_message(message.id, std::move(*error)));
    } else {
      way_->push(mcp::result_message(message.id, std::move(std::get<Json>(answer))));
    }
  }

  void take_modern(mcp::RpcMessage message) {
    Request request;
    request.method = message.method;
    request.params = message.params;
    request.client.who = who_;
    std::optional<mcp::RpcError> wrong = read_modern(request);
    if (wrong) return way_->push(mcp::error_message(message.id, std::move(*wrong)));
    Session::begin(session_, std::move(message), way_, std::move(request.client));
  }

  const ServerRef server_;
  const Principal who_;
  const std::shared_ptr<PipeWay> way_;  // shared with what is being answered
  const SessionRef session_;
};

awaitable<void> read_lines(PipeHost& host, Pool& pool, int in, TaskGroup& all) {
  const auto lines = std::make_shared<LinesOf>(in);  // shared with the job that reads
  while (true) {
    auto job = [lines] { return lines->next(); };
    const std::optional<std::string> line = co_await offload(pool, std::move(job));
    if (!line) break;
    host.take(*line);
  }
  const Deadline until = LoopClock::now() + kLastMoment;
  while (!host.is_quiet() && LoopClock::now() < until) {
    co_await sleep_until(LoopClock::now() + kLookAgain);
  }
  all.cancel();
}

}  // namespace

awaitable<void> serve_pipe(std::shared_ptr<Server> server, Principal who, PipeEnds ends) {
  const auto executor = co_await asio::this_coro::executor;
  Pool reading("mcp-in", 1);
  Pool writing("mcp-out", 1);
  PipeHost host(std::move(server), std::move(who), executor);
  TaskGroup both(executor);
  both.spawn(write_lines(host.way(), writing, ends.out));
  both.spawn(read_lines(host, reading, ends.in, both));
  std::exception_ptr failure;
  try {
    co_await both.join();
  } catch (...) {
    failure = std::current_exception();
  }
  auto closing = host.session()->close();
  co_await std::move(closing);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace yoke::mcp_hook
