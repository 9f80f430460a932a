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

}  // namespace yoke
