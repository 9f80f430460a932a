#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/http_sender.h"
#include "models/wire/wire.h"
#include "runtime/http/http.h"
#include "runtime/http/sse.h"

namespace yoke {

// Takes the bytes of a streamed body as they come and feeds the pieces in them to the protocol.
class StreamReader {
 public:
  StreamReader(const Wire& wire, const ReplyContext& context, DeltaSink sink);

  bool on_head(const HttpResponseHead& head);  // whether the body is a stream
  bool on_data(std::string_view bytes);        // false: stop reading
  void on_end();                               // a last line may lack its end

  bool started() const { return started_; }
  WireStream& stream() { return *stream_; }

 private:
  void push_events(std::string_view bytes);
  void push_lines(std::string_view bytes);
  void push(const WireEvent& event);
  void too_large();

  const Wire::Framing framing_;
  const std::size_t event_bytes_max_;
  std::unique_ptr<WireStream> stream_;
  SseParser parser_;
  std::vector<SseEvent> events_;
  std::string line_;  // unfinished
  std::size_t after_done_bytes_ = 0;
  bool started_ = false;
  bool done_ = false;
};

// Sends the request; a stream that works aside does so meanwhile, and has read all when this is
// done. Cancelled: throws, when the stream has stopped.
awaitable<HttpOutcome> send_read(HttpSender& http, HttpRequest request, Deadline deadline,
                                 HttpSinks sinks, StreamReader& reader);

bool is_success(int status);
bool is_stream(Wire::Framing framing, const HttpHeaders& headers);
// Several objects, each on a line of its own: some servers send a stream as application/json.
bool is_lines_of_json(std::string_view body);

}  // namespace yoke
