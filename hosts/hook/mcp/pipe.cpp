#include "hosts/hook/mcp/pipe.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "hosts/hook/mcp/modern_rules.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "tools/mcp/wire/capabilities.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::chrono::seconds kLastMoment{1};
constexpr std::chrono::milliseconds kLookAgain{10};
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kLineBytesMax = mcp::kMessageLimits.text_bytes_max;
constexpr std::size_t kSaidMax = 64;  // lines that nobody has taken yet; more are not read

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

}  // namespace

// Lines of a descriptor. One thread at a time; stop() from any.
class PipeFront::Lines {
 public:
  explicit Lines(int descriptor)
      : descriptor_(descriptor), stopped_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (stopped_ < 0) throw Fault(std::string("no eventfd: ") + std::strerror(errno));
  }
  ~Lines() { ::close(stopped_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  // From now on it is as at its end.
  void stop() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t told = ::write(stopped_, &one, sizeof one);
  }

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
    std::array<pollfd, 2> both{pollfd{descriptor_, POLLIN, 0}, pollfd{stopped_, POLLIN, 0}};
    char bytes[kReadBytes];
    while (true) {
      const int ready = ::poll(both.data(), both.size(), -1);
      if (ready < 0 && errno == EINTR) continue;
      if (ready < 0 || both[1].revents != 0) return false;
      const ssize_t got = ::read(descriptor_, bytes, sizeof bytes);
      if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      return got > 0;
    }
  }

  const int descriptor_;
  const int stopped_;
  std::string buffer_;
  std::size_t looked_ = 0;  // so far there is no end of a line
};

PipeFront::PipeFront(asio::any_io_executor executor, PipeEnds ends)
    : out_(ends.out),
      in_(std::make_shared<Lines>(ends.in)),
      reading_("mcp-in", 1),
      writing_pool_("mcp-out", 1),
      flow_(std::move(executor)) {
  flow_.spawn(read());
  flow_.spawn(write());
}

PipeFront::~PipeFront() { in_->stop(); }

awaitable<void> PipeFront::read() {
  while (true) {
    auto job = [lines = in_] { return lines->next(); };
    std::optional<std::string> line = co_await offload(reading_, std::move(job));
    const bool ends = !line.has_value();
    said_.push(std::move(line));
    if (ends) co_return;
    while (said_.size() >= kSaidMax) co_await taken_.wait();
  }
}

awaitable<void> PipeFront::write() {
  while (broken_.empty()) {
    std::string text = co_await to_write_.pop();
    writing_ = true;
    std::string more;
    while (to_write_.try_pop(more)) text += more;
    auto job = [out = out_, text = std::move(text)] { return write_all(out, text); };
    broken_ = co_await offload(writing_pool_, std::move(job));
    writing_ = false;
  }
  said_.push(std::nullopt);  // whoever attends to it learns of it
}

void PipeFront::push(const mcp::RpcMessage& message) {
  if (talk_.told(message) && broken_.empty()) to_write_.push(mcp::to_text(message) + "\n");
}

void PipeFront::take(const std::string& line, PipeBack& back) {
  if (trim(line).empty()) return;
  mcp::ReadMessage read = mcp::read_message(line);
  if (auto* bad = std::get_if<mcp::BadMessage>(&read)) {
    return push(mcp::error_message(bad->id, std::move(bad->error)));
  }
  auto& message = std::get<mcp::RpcMessage>(read);
  if (talk_.said(message)) back.take(std::move(message));
}

awaitable<void> PipeFront::attend(PipeBack& back) {
  for (mcp::RpcMessage& each : talk_.resume()) back.take(std::move(each));
  while (!left_ && broken_.empty()) {
    const std::optional<std::string> line = co_await said_.pop();
    taken_.notify();
    left_ = !line.has_value();
    if (line) take(*line, back);
  }
  const Deadline until = LoopClock::now() + kLastMoment;
  const auto waits = [&] { return talk_.is_open() || !back.is_quiet(); };
  while (waits() && broken_.empty() && LoopClock::now() < until) {
    co_await sleep_until(LoopClock::now() + kLookAgain);
  }
  co_await flush();
  if (!broken_.empty()) throw Fault("the client cannot be written to: " + broken_);
}

awaitable<void> PipeFront::flush() {
  const Deadline until = LoopClock::now() + kLastMoment;
  const auto is_written = [&] { return to_write_.empty() && !writing_; };
  while (!is_written() && broken_.empty() && LoopClock::now() < until) {
    co_await sleep_until(LoopClock::now() + kLookAgain);
  }
}

void PipeFront::lose(const std::vector<mcp::RpcMessage>& unseen) {
  for (const mcp::RpcMessage& each : talk_.lose(unseen)) push(each);
}

void PipeFront::give_up(const std::string& why) {
  for (const mcp::RpcMessage& each : talk_.give_up(why)) push(each);
}

bool PipeFront::has_left() const { return left_ || !broken_.empty(); }

awaitable<void> PipeFront::close() {
  co_await flush();
  in_->stop();
  flow_.cancel();
  co_await flow_.join();
}

PipeSession::PipeSession(ServerRef server, Principal who, WayRef way,
                         asio::any_io_executor executor)
    : who_(std::move(who)),
      way_(std::move(way)),
      session_(std::make_shared<Session>(std::move(server), who_, way_, std::move(executor))) {}

void PipeSession::take(mcp::RpcMessage message) {
  if (message.is_answer()) return session_->take_answer(std::move(message));
  if (message.kind == mcp::RpcMessage::Kind::notification) {
    return session_->take_notification(message);
  }
  if (mcp::is_modern(message.params)) {
    Request request;
    request.method = message.method;
    request.params = message.params;
    request.client.who = who_;
    std::optional<mcp::RpcError> wrong = read_modern(request);
    if (wrong) return way_->push(mcp::error_message(message.id, std::move(*wrong)));
    return Session::begin(session_, std::move(message), way_, std::move(request.client));
  }
  if (message.method != "initialize") return Session::begin(session_, std::move(message), way_);
  Answer answer = session_->initialize(message.params);
  if (auto* error = std::get_if<mcp::RpcError>(&answer)) {
    way_->push(mcp::error_message(message.id, std::move(*error)));
  } else {
    way_->push(mcp::result_message(message.id, std::move(std::get<Json>(answer))));
  }
}

awaitable<void> PipeSession::close() { co_await session_->close(); }

}  // namespace yoke::mcp_hook
