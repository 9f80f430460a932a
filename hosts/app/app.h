#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hosts/app/open_store.h"
#include "models/backend.h"
#include "runtime/engine/engine.h"
#include "runtime/loop/offload.h"
#include "runtime/ports/script_host.h"

namespace yoke {

class ApiKeys;
class Broker;
class FlowPolicy;
class HttpClient;
class LocalServers;
class OperatorCredentials;
class PluginLoader;
class PolicyRules;
class Project;
class Router;
class ScriptPlace;
struct ScriptQuotas;
class WorkerPool;

enum class StoreUse { read, write };

// What a program that embeds Yoke brings along, in its own C++.
struct Additions {
  std::map<std::string, std::unique_ptr<Backend>> backends = {};  // by the name in "NAME/model"
  // The `yoke` that scripts run in, where main() does not call sandbox::run_if_zygote(); empty:
  // this program.
  std::string scripts_program = {};
};

// What a run is made of, as a person names it.
struct ProgramChoice {
  std::string agent;   // a name or a path
  bool plain = false;  // no agent: one with all tools
  std::string model;   // instead of the agent's own; may be empty
};

// Everything a process that drives runs is made of, built by hand and in order.
//
// Ownership: borrows the io_context, which must outlive it. What is driven is joined before it
// goes:
//            hosted() sees to that.
// Threads:   loop thread only.
class App {
 public:
  // `agent` is what the person named: when it is a path, the project is looked for from there.
  static Result<std::unique_ptr<App>> open(asio::io_context& io, const CommonOptions& common,
                                           const std::string& agent, StoreUse use = StoreUse::write,
                                           Additions additions = {});
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);  // open() makes them
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  asio::any_io_executor executor() const;
  const Config& config() const;
  Engine& engine();
  // Those of [budgets] and of the keys that are there now.
  std::vector<BudgetRule> budgets() const;
  Store& store();
  WallClock& wall();
  HttpClient& http();                  // for what the program itself asks of others
  OperatorCredentials& credentials();  // of plugins and MCP servers
  ApiKeys& keys();                     // of the store; loaded by whoever looks at them
  Project& project();
  const PluginLoader& plugin_loader() const;
  const PolicyRules& policy() const;
  const FlowPolicy& flow_policy() const;  // all that is asked before a call
  // Rules that name nothing or can never decide, and narrowings of tools that are not there: a typo
  // in a deny rule denies nothing, so nothing is to be run until they are mended.
  std::vector<Error> setting_problems() const;
  Router& models();
  LocalServers& local();  // the servers that models() starts
  ScriptHost& scripts();
  Broker& broker();       // its modules; tests of tools ask them what they would admit
  ScriptPlace& inside();  // where scripts run that ship with the program
  WorkerPool& workers();  // where all others do
  const ScriptQuotas& quotas() const;
  Pool& reader();  // for reading standard input

  // The runs whose questions a person at this process is asked: whoever asks takes up answers.
  std::set<std::string>& attended();

  // Told from outside to leave: nothing is driven to its end any more.
  void stop();
  bool is_stopping() const;

  // The program, its model found to be there. Errors: invalid.
  Result<Program> choose(const ProgramChoice& choice);
  // That a run's model is there: `model`, else the program's own. Errors: invalid.
  Result<void> check_model(const std::string& model, const Program& program) const;
  awaitable<Result<std::string>> last_session();  // errors: not_found

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
