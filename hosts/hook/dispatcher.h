#pragma once

#include <functional>
#include <string>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/gatekeeper.h"
#include "runtime/base/id.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Which endpoint a request is for, who asks and whether they may; then it is answered. Errors that
// come before an endpoint is reached look as that endpoint's clients expect.
//
// Ownership: borrows gate, wall and random.
// Threads:   loop thread only.
class Dispatcher {
 public:
  // What became of a request, once its reply is known; a stream is only beginning then.
  struct Done {
    const HttpRequest& request;
    const std::string& id;
    const std::string& endpoint;  // its path with {…}; empty: there is none
    const Principal* who;         // null: nobody was admitted
    int status = 0;
    LoopClock::duration took{};
    const std::string& fault;  // what the reply does not say; empty: nothing
  };
  using OnDone = std::function<void(const Done&)>;
  // What those who are not let in are told besides; `path` is the endpoint's.
  using OnRefused =
      std::function<void(const std::string& path, Refusal& refusal, const HttpRequest& request)>;
  struct Services {
    Gatekeeper& gate;
    WallClock& wall;
    Random& random;
  };
  Dispatcher(Endpoints endpoints, Services services, OnDone on_done = {},
             OnRefused on_refused = {});
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  awaitable<HttpReply> answer(HttpRequest request);
  // The reply to a request that the server turned away before it was read to its end: as `refusal`,
  // in the shape that the clients of its path expect, with an id, and told to on_done.
  HttpReply refuse_unread(const HttpRequest& seen, const Refusal& refusal) const;
  const Endpoints& endpoints() const { return endpoints_; }

 private:
  struct Match;
  struct Progress;
  Match find(const std::string& method, const std::vector<std::string>& segments) const;
  Progress begin(const HttpRequest& request) const;
  awaitable<HttpReply> reply_to(HttpRequest request, Progress& progress);
  awaitable<HttpReply> call(const Endpoint& endpoint, HookCall call, Progress& progress);
  HttpReply turn_away(const Endpoint& endpoint, Refusal refusal, const HttpRequest& request) const;
  void finish(const HttpRequest& request, const Progress& progress, HttpReply& reply) const;

  Endpoints endpoints_;
  Services services_;
  OnDone on_done_;
  OnRefused on_refused_;
};

}  // namespace yoke
