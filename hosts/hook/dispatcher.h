#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hosts/app/app.h"
#include "hosts/hook/endpoint.h"
#include "hosts/hook/services.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

// Which endpoint a request is for, who asks and whether they may; then it is answered. Errors that
// come before an endpoint is reached look as that endpoint's clients expect.
class Dispatcher {
 public:
  // `on_done` is told of every request: for metrics and logs. May be empty.
  struct Done {
    const HttpRequest& request;
    const std::string& id;
    const std::string& endpoint;  // its path with {…}; empty: there is none
    const Principal* who;         // null: nobody was admitted
    int status = 0;
    LoopClock::duration took{};
  };
  using OnDone = std::function<void(const Done&)>;
  Dispatcher(Endpoints endpoints, Gatekeeper& gate, Random& random, OnDone on_done = {});
  ~Dispatcher();

  awaitable<HttpReply> answer(HttpRequest request);
  const Endpoints& endpoints() const { return endpoints_; }

 private:
  struct Match;
  Match find(const HttpRequest& request) const;
  awaitable<HttpReply> admit_and_answer(const Endpoint& endpoint, HookCall call);

  Endpoints endpoints_;
  Gatekeeper& gate_;
  Random& random_;
  OnDone on_done_;
};

}  // namespace yoke
