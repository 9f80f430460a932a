#pragma once

#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>

#include "hosts/hook/mcp/catalogue.h"
#include "runtime/engine/engine.h"

namespace yoke::mcp_hook {

// What a client wants to be told of, as `subscriptions/listen` or its session says.
struct Interests {
  bool tools = false;
  bool prompts = false;
  bool resources = false;
  std::set<std::string> uris = {};
  std::set<std::string> tasks = {};  // runs: told as "notifications/tasks" with the id alone
};

// Tells clients that something they can list or read has changed: what is remembered, as runs here
// remember it, and the project's agents and prompts, whenever a run ends and as often as somebody
// looks.
//
// Ownership: borrows what it is given.
// Threads:   loop thread only.
class Changes final : public Listener {
 public:
  Changes(Engine& engine, const Catalogue& catalogue);
  ~Changes() override;
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  using Tell = std::function<void(std::string method, Json params)>;
  // Told for as long as this lives. `who` and `interests` outlive it, and may change.
  class Watch {
   public:
    Watch(Changes& changes, const Principal& who, const Interests& interests, Tell tell);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class Changes;
    Changes& changes_;
    const Principal& who_;
    const Interests& interests_;
    const Tell tell_;
    std::list<Watch*>::iterator place_;
  };

  void look();  // at the project's files

  void on_event(const Event& event) override;
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  void note();
  void tell_task(const Event& event);
  void tell_memory(const Event& event, const std::string& tenant);

  Engine& engine_;
  const Catalogue& catalogue_;
  std::string tools_seen_;
  std::string prompts_seen_;
  std::map<std::string, std::string> tenants_;  // of the runs that began here and have not ended
  std::list<Watch*> watches_;
};

}  // namespace yoke::mcp_hook
