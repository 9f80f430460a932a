#include "tools/mcp/http_exchange.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "tools/broker/secrets.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp {
namespace {

constexpr std::chrono::milliseconds kRetryMax = std::chrono::seconds(30);

bool has_media_type(const HttpHeaders& headers, std::string_view wanted) {
  const std::string_view type = headers.get("Content-Type");
  return equal_ignoring_case(trim(type.substr(0, type.find(';'))), wanted);
}

LinkFailure::Kind kind_of(const HttpFailure& failure) {
  switch (failure.kind) {
    case HttpFailure::Kind::timeout:
      return failure.sent_bytes == 0 ? LinkFailure::Kind::unavailable
                                     : LinkFailure::Kind::timed_out;
    case HttpFailure::Kind::cut:
      return failure.sent_bytes == 0 ? LinkFailure::Kind::unavailable : LinkFailure::Kind::cut;
    case HttpFailure::Kind::too_large:
    case HttpFailure::Kind::bad_response:
    case HttpFailure::Kind::stopped:
      return LinkFailure::Kind::bad_answer;
    default:
      return LinkFailure::Kind::unavailable;
  }
}

}  // namespace

std::string HttpExchange::cut(std::string text) const {
  if (secrets_.empty()) return text;
  SecretCutter cutter;
  for (const Secret& secret : secrets_) cutter.add("authorization", secret.reveal());
  return cutter.cut(std::move(text));
}

bool HttpExchange::on_head(const HttpResponseHead& head) {
  status_ = head.status;
  const std::string_view session = head.headers.get(header::kSession);
  if (!session.empty()) session_ = session;
  const bool well = head.status >= 200 && head.status < 300;
  is_resumed_ = is_taken_up_;
  is_taken_up_ = is_taken_up_ || well;
  is_json_ = has_media_type(head.headers, "application/json");
  is_stream_ = well && has_media_type(head.headers, "text/event-stream");
  if (is_stream_) parser_ = std::make_unique<SseParser>(kMessageLimits.text_bytes_max);
  body_.clear();
  return true;
}

bool HttpExchange::on_data(std::string_view bytes) {
  if (is_stream_) return on_stream(bytes);
  if (body_.size() + bytes.size() > kMessageLimits.text_bytes_max) {
    fail(no_answer(LinkFailure::Kind::bad_answer, "the server's answer is over 16 MiB"));
    return false;
  }
  body_ += bytes;
  return true;
}

bool HttpExchange::on_stream(std::string_view bytes) {
  std::vector<SseEvent> events;
  const Result<void> fed = parser_->feed(bytes, events);
  if (parser_->retry()) retry_ = std::min(*parser_->retry(), kRetryMax);
  for (const SseEvent& event : events) {
    if (!event.id.empty()) last_event_ = event.id;
    if (event.data.empty()) continue;
    ReadMessage read = read_message(cut(event.data));
    if (auto* message = std::get_if<RpcMessage>(&read)) take(std::move(*message));
  }
  if (fed) return true;
  fail(no_answer(LinkFailure::Kind::bad_answer, "the server's stream: " + fed.error().detail));
  return false;
}

void HttpExchange::take(RpcMessage message) {
  if (!message.is_answer()) {
    if (answer_ || listener_ == nullptr) return;
    if (message.kind == RpcMessage::Kind::request) return listener_->asked(message);
    return listener_->notified(message);
  }
  const bool ours = !id_.is_null() && (message.id == id_ || message.id.is_null());
  if (!ours || answer_) return;  // of another request, or a second one
  LinkAnswer answer;
  answer.message = std::move(message);
  answer.status = status_;
  fail(std::move(answer));
}

void HttpExchange::fail(LinkAnswer answer) {
  if (answer_) return;
  if (!answer.message && is_taken_up_ && did_nothing(answer.failure.kind)) {
    answer.failure.kind = LinkFailure::Kind::cut;
  }
  answer_ = std::move(answer);
  done.notify();
}

void HttpExchange::on_end(const HttpOutcome& outcome, bool had_session) {
  if (answer_) return;
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) return read_failure(*failure);
  if (!is_stream_) read_body(had_session);
}

void HttpExchange::read_failure(const HttpFailure& failure) {
  // A stream that breaks may be taken up again: whoever drives the exchange decides.
  const LinkFailure::Kind kind = kind_of(failure);
  const bool is_broken = kind == LinkFailure::Kind::cut || did_nothing(kind);
  if (is_stream_ && is_broken) return;
  fail(no_answer(kind, cut(failure.message)));
}

void HttpExchange::read_body(bool had_session) {
  const std::string status = std::to_string(status_);
  if (is_resumed_) {  // an answer to the resumption, not to the request
    return fail(no_answer(
        LinkFailure::Kind::cut,
        "the server's stream broke, and taking it up again was answered " + status, status_));
  }
  if (status_ == 401 || status_ == 403) {
    return fail(no_answer(
        LinkFailure::Kind::unauthorized,
        "the server answered " + status + ": it wants to know who asks, or does not allow it",
        status_));
  }
  if (had_session && status_ == 404) {
    return fail(no_answer(LinkFailure::Kind::session_gone, "the server ended the session", 404));
  }
  ReadMessage read = read_message(cut(body_));
  auto* message = std::get_if<RpcMessage>(&read);
  // An error without an id answers the only request that there is on this connection.
  if (message != nullptr && message->is_answer()) take(std::move(*message));
  if (answer_) return;
  const bool well = status_ >= 200 && status_ < 300;
  fail(no_answer(well ? LinkFailure::Kind::bad_answer : LinkFailure::Kind::refused,
                 "the server answered " + status +
                     (is_json_ ? " with JSON that is no answer" : " without an answer in JSON"),
                 status_));
}

}  // namespace yoke::mcp
