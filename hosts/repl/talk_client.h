#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/engine/feed.h"
#include "runtime/http/client.h"

namespace yoke {

// Where a host of runs is reached: its control socket, or an address with a key.
struct TalkPlace {
  std::string unix_socket = {};
  std::string url = {};  // "https://host:8177"; of a socket left empty
  std::string key = {};  // of an address; may be empty
};

// A client of the HTTP API, for a conversation. Nothing here waits in the way of the loop.
//
// Ownership: outlives its calls.
// Threads:   loop thread only.
// Errors:    what the host answered, in its words; unavailable: it did not, or not in time.
class TalkClient {
 public:
  TalkClient(asio::any_io_executor executor, TalkPlace place);
  ~TalkClient();
  TalkClient(const TalkClient&) = delete;
  TalkClient& operator=(const TalkClient&) = delete;

  awaitable<Result<Json>> get(std::string path);
  awaitable<Result<Json>> post(std::string path, Json body);

  // Tells the listener what becomes of a run, from its start to its end. A connection that breaks
  // off is made again, and goes on where it was. Errors: not_found; unavailable, after several.
  awaitable<Result<void>> follow(std::string run_id, Listener& listener);

  const TalkPlace& place() const { return place_; }
  bool is_remote() const { return place_.unix_socket.empty(); }

 private:
  class Stream;
  HttpRequest request_of(const std::string& method, const std::string& path) const;
  awaitable<Result<Json>> send(std::string method, std::string path, Json body);

  TalkPlace place_;
  HttpClient http_;
};

// An event as the API tells it. Errors: unsupported: of a kind that is not known here.
Result<Event> event_from_public(Json object);
// One object of the API's streams, told to the listener; what is of no known kind is passed over.
void tell_streamed(const Json& object, Listener& listener);

}  // namespace yoke
