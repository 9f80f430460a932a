#include "runtime/http/receiver.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/text.h"
#include "runtime/http/redirect.h"

namespace yoke {
namespace {

constexpr std::size_t kRedirectBodyMax = 64 * 1024;
constexpr std::size_t kReserveMax = 1024 * 1024;  // of what a peer merely announces

std::optional<std::uint64_t> announced_length(const HttpHeaders& headers) {
  const std::string_view text = headers.get("Content-Length");
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return bytes;
}

}  // namespace

Receiver::Receiver(const HttpLimits& limits, const HttpSinks& sinks, Options options)
    : limits_(limits), sinks_(sinks), options_(options) {}

bool Receiver::fail(HttpFailure::Kind kind, std::string message) {
  failure_.emplace();
  failure_->kind = kind;
  failure_->message = std::move(message);
  return false;
}

bool Receiver::fail_too_large() {
  return fail(HttpFailure::Kind::too_large,
              "the response has more than " + std::to_string(limits_.body_bytes_max) + " bytes");
}

void Receiver::choose_decoder(HttpHeaders& headers) {
  if (!options_.decompress || options_.bodiless) return;
  const std::string_view coding = trim(headers.get("Content-Encoding"));
  if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip")) {
    inflater_.emplace(Inflater::Format::gzip);
  } else if (equal_ignoring_case(coding, "deflate")) {
    inflater_.emplace(Inflater::Format::deflate);
  } else {
    return;
  }
  inflated_ = [this](std::string_view bytes) { return deliver(bytes); };
  headers.remove("Content-Encoding");  // both told of the body as it was sent
  headers.remove("Content-Length");
}

bool Receiver::on_head(HttpResponseHead head) {
  if (head.status == 101) {
    return fail(HttpFailure::Kind::bad_response, "the peer changes to another protocol");
  }
  response_.status = head.status;
  redirect_ =
      options_.follow_redirect && yoke::is_redirect(head.status) && head.headers.has("Location");
  if (redirect_) {
    response_.headers = std::move(head.headers);
    return true;
  }
  choose_decoder(head.headers);
  const auto length = announced_length(head.headers);
  const bool too_long = length && !options_.bodiless && *length > limits_.body_bytes_max;
  if (sinks_.on_head) {
    streams_ = sinks_.on_head(head) && sinks_.on_data;
  } else {
    streams_ = static_cast<bool>(sinks_.on_data);
  }
  response_.headers = std::move(head.headers);
  if (too_long) return fail_too_large();
  if (!streams_ && !options_.bodiless && length) {
    response_.body.reserve(std::min<std::size_t>(*length, kReserveMax));
  }
  return true;
}

bool Receiver::on_body(std::string_view bytes) {
  if (redirect_) {
    body_bytes_ += bytes.size();
    return body_bytes_ <= kRedirectBodyMax;
  }
  if (!inflater_) return deliver(bytes);
  const Result<void> fed = inflater_->feed(bytes, inflated_);
  if (fed) return true;
  if (!failure_) fail(HttpFailure::Kind::bad_response, fed.error().message());
  return false;
}

bool Receiver::deliver(std::string_view bytes) {
  if (bytes.size() > limits_.body_bytes_max - body_bytes_) return fail_too_large();
  body_bytes_ += bytes.size();
  if (!streams_) {
    response_.body += bytes;
    return true;
  }
  if (bytes.empty() || sinks_.on_data(bytes)) return true;
  return fail(HttpFailure::Kind::stopped, "the reader wanted no more");
}

std::optional<HttpFailure> Receiver::finish() {
  if (inflater_ && !inflater_->at_end()) {
    fail(HttpFailure::Kind::bad_response, "the compressed data ends too early");
  }
  return std::move(failure_);
}

}  // namespace yoke
