#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hosts/hook/dispatcher.h"
#include "hosts/hook/drivers.h"
#include "hosts/hook/run_feed.h"
#include "hosts/hook/services.h"
#include "runtime/http/client.h"
#include "runtime/http/server.h"
#include "runtime/http/sse.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"

namespace yoke::testing {

// Lets in whoever the test says.
class TestGate final : public Gatekeeper {
 public:
  Principal who = local_principal("ann");
  std::optional<Refusal> refusal;         // of everything
  std::optional<Refusal> site_refusal;    // of everything, what asks for no key too
  std::optional<Refusal> answer_refusal;  // of answers

  awaitable<Admission> admit(const HttpRequest& request) override;
  std::optional<Refusal> check_site(const HttpRequest&) const override { return site_refusal; }
  HttpHeaders cors_headers(const HttpRequest&) const override { return {}; }
  std::optional<Refusal> may_answer(const Principal&, const std::string&,
                                    const std::string&) const override {
    return answer_refusal;
  }
};

// The wall clock, or ahead of it.
class AheadClock final : public WallClock {
 public:
  Micros ahead = 0;
  Micros now() override { return SystemWallClock().now() + ahead; }
};

// A project whose scripted model does what the first word of a task says:
//   say X  answers X   count X  words.count   open  door.open, approved   tool X  its caller's
//   first   says what was said first in the conversation            fail  raises an error
// Agents: "helper", and "lonely" without tools.
void write_hook_project(const TempFolder& folder, const std::string& more_config = "");

using Files = std::map<std::string, std::string>;  // by name

// Such a project, served at a port of this machine: the app, what drives its runs, its feed and the
// endpoints that `add` adds. Time is virtual.
class HookWorld {
 public:
  using Add = std::function<void(Endpoints& endpoints, const HookServices& services)>;
  explicit HookWorld(const Add& add, const std::string& more_config = "",
                     const Files& more_files = {}, Drivers::Options driving = {});
  ~HookWorld();
  HookWorld(const HookWorld&) = delete;
  HookWorld& operator=(const HookWorld&) = delete;

  HttpResponse ask(const std::string& method, const std::string& target);
  HttpResponse ask(const std::string& method, const std::string& target, const Json& body,
                   HttpHeaders headers = {});
  HttpResponse ask(HttpRequest request);

  // Starts a run of the helper and gives its id.
  std::string start(const std::string& task);
  // Runs the loop until it says true.
  void until(const std::function<bool()>& done) { run_until(loop.io, done); }

  const Endpoints& endpoints() const { return dispatcher_->endpoints(); }
  HookServices& services() { return *services_; }
  App& app() { return *app_; }
  std::uint16_t port() const { return port_; }
  std::string url(const std::string& target) const;

  TempFolder folder;
  TestLoop loop;
  TestGate gate;
  AheadClock wall;  // the endpoints'; the engine has its own

 private:
  SystemWallClock wall_;
  SystemRandom random_;
  std::unique_ptr<App> app_;
  std::unique_ptr<RunFeed> feed_;
  std::unique_ptr<Drivers> drivers_;
  std::unique_ptr<HookServices> services_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_;
  std::uint16_t port_ = 0;
};

// A client that follows a stream of events.
class EventReader {
 public:
  EventReader(HookWorld& world, const std::string& target, const std::string& last_id = "");
  EventReader(HookWorld& world, HttpRequest request);
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  std::vector<SseEvent> events;  // so far
  std::string text;              // so far, as it came
  int status = 0;                // 0: nothing came yet
  HttpHeaders headers;

  bool has(const std::string& name) const;  // an event of that type
  void wait_for(const std::string& name);
  void wait_for_end();
  bool ended() const { return ended_; }
  void hang_up();

 private:
  awaitable<void> follow(HttpRequest request);

  HookWorld& world_;
  HttpClient client_;
  SseParser parser_;
  bool ended_ = false;
  TaskGroup group_;
};

Json json_of(const HttpResponse& response);

}  // namespace yoke::testing
