#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/http/http.h"
#include "runtime/http/server.h"

namespace yoke {

// Why a request is not taken.
struct RequestRefusal {
  HttpRefusal why = HttpRefusal::malformed;
  std::string_view detail = {};  // a sentence of ours, with nothing of the request in it
};

// Reads one HTTP/1.x request from bytes cut anywhere, its body into memory. Pure.
//
// Stricter than the standard asks: what two readers could take for different requests is refused,
// though one of them might be right. So there are no folded lines, no bare CR or LF, no second
// Content-Length or Host, no Transfer-Encoding beside a Content-Length or in HTTP/1.0, no chunk
// extensions, no trailers, no absolute-form.
class RequestReader {
 public:
  enum class State : std::uint8_t { more, done, refused };

  explicit RequestReader(const HttpServerOptions& limits) : limits_(limits) {}

  // Takes some of `bytes`, `used` says how many: all of them while more is wanted, and none beyond
  // the request's end.
  State feed(std::string_view bytes, std::size_t& used);

  bool has_started() const { return head_bytes_ > 0; }
  bool has_head() const { return stage_ > Stage::fields; }
  // The client waits for "100 Continue" before it sends its body.
  bool expects_continue() const {
    return expects_continue_ && stage_ == Stage::body && body_bytes() == 0;
  }
  bool keeps_alive() const { return keeps_alive_; }
  bool is_http_1_0() const { return old_; }
  std::size_t body_bytes() const { return request_.body.size(); }
  const RequestRefusal& refusal() const { return refusal_; }  // when refused
  HttpRequest take() { return std::move(request_); }          // when done
  // As much as was read of a request that is refused or given up, as HttpRefused has it.
  HttpRequest take_seen();

 private:
  enum class Stage : std::uint8_t {
    start,  // an empty line may stand before the request line
    request_line,
    fields,
    body,  // of known length, or its first chunk's size
    chunk_size,
    chunk_data,
    chunk_end,
    last_line,  // after the last chunk
    done,
    refused,
  };

  bool refuse(HttpRefusal why, std::string_view detail);
  void see_target();
  // Each takes what it can from the front of `bytes`; false: no further.
  bool step(std::string_view& bytes);
  bool gather_line(std::string_view& bytes);
  bool take_byte(char byte);
  bool end_line();
  bool take_request_line();
  bool take_target(std::string_view target);
  bool take_version(std::string_view version);
  bool take_field();
  bool take_body(std::string_view& bytes);
  bool take_chunk_size();
  bool end_head();
  bool check_singles();
  bool choose_framing();
  bool take_length(std::string_view text);

  const HttpServerOptions& limits_;
  Stage stage_ = Stage::start;
  bool after_cr_ = false;
  bool old_ = false;  // HTTP/1.0
  bool chunked_ = false;
  bool keeps_alive_ = false;
  bool expects_continue_ = false;
  std::size_t head_bytes_ = 0;
  std::uint64_t left_ = 0;  // of the body or the chunk
  std::string line_;
  HttpRequest request_;
  RequestRefusal refusal_;
};

}  // namespace yoke
