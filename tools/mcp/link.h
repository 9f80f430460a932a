#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/loop/signal.h"
#include "tools/mcp/wire/header_value.h"
#include "tools/mcp/wire/message.h"
#include "tools/mcp/wire/versions.h"

namespace yoke::mcp {

// Why there is no answer.
struct LinkFailure {
  enum class Kind : std::uint8_t {
    unavailable,   // the server cannot be reached or started; it saw nothing of the request
    cut,           // the link broke while the server had the request: what became of it is unknown
    timed_out,     // as cut, by the deadline
    session_gone,  // legacy HTTP: the server knows the session no more and did nothing
    unauthorized,  // 401 or 403, credentials did not help; it did nothing
    refused,       // an HTTP status that is no answer in JSON-RPC
    bad_answer,    // over a bound, or no message
  };
  Kind kind = Kind::unavailable;
  std::string message;  // one line
  int status = 0;       // of HTTP, where there was one
};
// Did the server surely do nothing of what it was asked?
bool did_nothing(LinkFailure::Kind kind);

// How a request ended: with a result, an error of the server's, or without an answer.
struct LinkAnswer {
  std::optional<RpcMessage> message;  // of kind result or error
  LinkFailure failure = {};           // where there is no message
  int status = 0;                     // of HTTP; 0: another transport
};

LinkAnswer no_answer(LinkFailure::Kind kind, std::string why, int status = 0);

// Who hears what a server says while a request waits. Called on the loop, never from within
// request(). Must not destroy the link.
class LinkListener {
 public:
  virtual ~LinkListener() = default;
  virtual void notified(const RpcMessage& notification) = 0;
  virtual void asked(const RpcMessage& request) = 0;  // legacy: answered through Link::tell()
};

// How long a call may still take; stands still while a person is asked on its behalf.
struct CallTime {
  Deadline until = kNoDeadline;
  int pauses = 0;
  LoopClock::time_point since = {};

  void pause() {
    if (pauses++ == 0) since = LoopClock::now();
  }
  void resume() {
    if (--pauses == 0 && until != kNoDeadline) until += LoopClock::now() - since;
  }
};
// Waits at the signal. False: the time was up, and nothing came.
awaitable<bool> wait_in_time(Signal& signal, std::shared_ptr<const CallTime> time);

struct LinkRequest {
  RpcMessage message;
  Era era = Era::modern;
  std::string version = {};                // of the protocol
  std::vector<ParamHeader> mirrored = {};  // modern HTTP: parameters of a tool
  std::shared_ptr<CallTime> time = {};  // shared with whoever asks a person meanwhile; never null
  std::string tenant = {};              // whose credentials it carries
  bool cancels = true;  // the server is told when the wait is given up; not for a handshake
};

// The way to one server: takes requests, hands back answers.
//
// Ownership: outlives its requests, save when the loop is destroyed.
// Threads:   loop thread only.
// Errors:    all in the LinkAnswer. Cancelled: throws at once, and the server is told.
// Limits:    kMessageLimits a message.
class Link {
 public:
  virtual ~Link() = default;

  // `listener` may be null; it outlives the request. What concerns no request goes to the one of
  // set_listener().
  virtual awaitable<LinkAnswer> request(LinkRequest request, LinkListener* listener) = 0;
  // A notification, or the answer to a request of the server's. Sent when the link gets to it.
  virtual void tell(RpcMessage message) = 0;
  // The same, and returns when it has been sent.
  virtual awaitable<void> say(RpcMessage message) = 0;

  virtual void set_listener(LinkListener* listener) = 0;  // null: nobody; outlives its stay
  // The handshake is done in this revision: from now on a legacy server may speak by itself.
  virtual void begin(const std::string& version) = 0;
  virtual bool is_open() const = 0;  // false: a new one must be made
  virtual std::string why_closed() const = 0;
  // A legacy session is given up (HTTP: DELETE), a process' input closed. Cancelled: as it stands.
  virtual awaitable<void> close(Deadline deadline) = 0;
};

}  // namespace yoke::mcp
