#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/secret.h"
#include "runtime/http/http.h"
#include "runtime/http/sse.h"
#include "runtime/loop/signal.h"
#include "tools/mcp/link.h"

// Private to tools/mcp.
namespace yoke::mcp {

// One request over HTTP and all that comes back for it, on one stream or on several. Pure but for
// its signals.
class HttpExchange {
 public:
  // `listener` may be null. `id` null: a stream of the server's own, which no answer ends.
  HttpExchange(Json id, LinkListener* listener) : id_(std::move(id)), listener_(listener) {}

  void forget_listener() { listener_ = nullptr; }  // whoever waited has gone
  void set_secrets(std::vector<Secret> secrets) { secrets_ = std::move(secrets); }

  // What HttpSinks ask. The body always comes to on_data. False: it wants no more.
  bool on_head(const HttpResponseHead& head);
  bool on_data(std::string_view bytes);
  // The response is whole, or there is none.
  void on_end(const HttpOutcome& outcome, bool had_session);

  // Once the server has taken the request up, no failure says any more that it did nothing.
  void fail(LinkAnswer answer);
  const std::optional<LinkAnswer>& answer() const { return answer_; }
  // A copy stays: what comes later is no answer.
  LinkAnswer answer_copy() const { return *answer_; }
  void clear_answer() { answer_.reset(); }

  bool is_stream() const { return is_stream_; }
  const std::string& session() const { return session_; }  // that the server gave; may be empty
  const std::string& last_event() const { return last_event_; }
  std::chrono::milliseconds retry() const { return retry_; }
  int status() const { return status_; }

  Signal done;  // there is an answer

 private:
  void take(RpcMessage message);
  bool on_stream(std::string_view bytes);
  void read_body(bool had_session);
  void read_failure(const HttpFailure& failure);
  std::string cut(std::string text) const;

  const Json id_;
  LinkListener* listener_;
  std::vector<Secret> secrets_;
  std::optional<LinkAnswer> answer_;
  std::unique_ptr<SseParser> parser_;
  bool is_stream_ = false;
  bool is_json_ = false;
  bool is_taken_up_ = false;  // a response of 2xx has begun
  bool is_resumed_ = false;   // the present response is not the first of these
  int status_ = 0;
  std::string body_;  // of what is no stream
  std::string session_;
  std::string last_event_;
  std::chrono::milliseconds retry_{1'000};
};

}  // namespace yoke::mcp
