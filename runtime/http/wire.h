#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/http/http.h"

namespace yoke {

// How reading a message stands.
enum class WireState : std::uint8_t {
  more,       // bytes are wanted
  done,       // the message is whole
  stopped,    // the receiver wanted no more
  too_large,  // its head is over the limit
  malformed,  // no HTTP/1.x
  cut,        // it ended before it was whole
};

// Takes a response as it is read. False: stop.
class ResponseReceiver {
 public:
  virtual ~ResponseReceiver() = default;
  virtual bool on_head(HttpResponseHead head) = 0;
  virtual bool on_body(std::string_view bytes) = 0;
};

// Reads one HTTP/1.x response from bytes; interim (1xx) responses are passed over. Pure.
class ResponseReader {
 public:
  // `bodiless`: the response to HEAD or CONNECT, which has no body whatever its head says.
  ResponseReader(ResponseReceiver& receiver, std::size_t header_bytes_max, bool bodiless);
  ~ResponseReader();

  // Takes some of `bytes`, `used` says how many; the rest is to be given again, with more behind
  // it.
  WireState feed(std::string_view bytes, std::size_t& used);
  WireState finish();        // the peer has closed the stream
  bool keeps_alive() const;  // when done: another request may follow
  const std::string& error() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads one HTTP/1.x request from bytes, its body into memory. Pure.
class RequestReader {
 public:
  RequestReader(std::size_t header_bytes_max, std::size_t body_bytes_max);
  ~RequestReader();

  WireState feed(std::string_view bytes, std::size_t& used);
  WireState finish();
  bool has_started() const;
  bool has_head() const;
  bool body_too_large() const;    // `stopped` because the body is over the limit
  bool expects_continue() const;  // the peer waits for "100 Continue" before its body
  bool keeps_alive() const;
  bool is_http_1_0() const;
  const std::string& error() const;
  HttpRequest take();  // when done

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace yoke
