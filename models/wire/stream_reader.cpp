#include "models/wire/stream_reader.h"

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::size_t kAfterDoneBytesMax = 64u << 10;

}  // namespace

bool is_success(int status) { return status >= 200 && status <= 299; }

bool is_stream(Wire::Framing framing, const HttpHeaders& headers) {
  const std::string_view type = trim(headers.get("Content-Type"));
  if (framing == Wire::Framing::events) return type.starts_with("text/event-stream");
  return type.find("ndjson") != std::string_view::npos ||
         type.find("jsonl") != std::string_view::npos;
}

bool is_lines_of_json(std::string_view body) {
  const std::string_view text = trim(body);
  const std::size_t end = text.find('\n');
  if (!text.starts_with('{') || end == std::string_view::npos) return false;
  return parse_json(trim(text.substr(0, end))).has_value();
}

StreamReader::StreamReader(const Wire& wire, const ReplyContext& context, DeltaSink sink)
    : framing_(wire.framing()),
      event_bytes_max_(wire.event_bytes_max()),
      stream_(wire.stream(context, std::move(sink))),
      parser_(event_bytes_max_) {}

bool StreamReader::on_head(const HttpResponseHead& head) {
  started_ = is_success(head.status) && is_stream(framing_, head.headers);
  return started_;
}

// After the vendor's end the rest is read too, within bounds: then the connection can be used
// again.
bool StreamReader::on_data(std::string_view bytes) {
  if (done_) {
    after_done_bytes_ += bytes.size();
    return after_done_bytes_ <= kAfterDoneBytesMax;
  }
  if (framing_ == Wire::Framing::events) {
    push_events(bytes);
  } else {
    push_lines(bytes);
  }
  return !stream_->failed();
}

void StreamReader::push(const WireEvent& event) {
  if (!done_ && !stream_->push(event)) done_ = true;
}

void StreamReader::push_events(std::string_view bytes) {
  events_.clear();
  const Result<void> fed = parser_.feed(bytes, events_);
  for (const SseEvent& event : events_) push(WireEvent{event.event, event.data});
  if (!fed && !done_) too_large();
}

void StreamReader::push_lines(std::string_view bytes) {
  while (!bytes.empty() && !done_) {
    const std::size_t end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (line_.size() > event_bytes_max_) return too_large();
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(line_, {});
    if (!trim(line).empty()) push(WireEvent{"message", trim(line)});
  }
}

void StreamReader::on_end() {
  const std::string line = std::exchange(line_, {});
  if (!trim(line).empty()) push(WireEvent{"message", trim(line)});
}

awaitable<HttpOutcome> send_read(HttpSender& http, HttpRequest request, Deadline deadline,
                                 HttpSinks sinks, StreamReader& reader) {
  auto sending = http.send(std::move(request), deadline, std::move(sinks));
  WireStream& stream = reader.stream();
  if (!stream.works_aside()) {
    HttpOutcome sent = co_await std::move(sending);
    if (reader.started() && std::holds_alternative<HttpResponse>(sent)) reader.on_end();
    co_return sent;
  }
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup aside(executor);
  aside.spawn(stream.work(deadline));
  HttpOutcome sent = HttpFailure{};
  std::exception_ptr thrown;
  try {
    sent = co_await std::move(sending);
    if (reader.started() && std::holds_alternative<HttpResponse>(sent)) reader.on_end();
  } catch (...) {
    thrown = std::current_exception();
  }
  stream.no_more();
  if (thrown) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    aside.cancel();
  }
  co_await aside.join();
  if (thrown) std::rethrow_exception(thrown);
  co_return sent;
}

void StreamReader::too_large() {
  stream_->fail(StreamFault::too_large, "an event of the stream is over " +
                                            std::to_string(event_bytes_max_ >> 20) + " MiB");
}

}  // namespace yoke
