#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hosts/app/open_store.h"
#include "runtime/engine/engine.h"
#include "runtime/loop/offload.h"
#include "runtime/ports/script_host.h"

namespace yoke {

class Project;
class Router;

enum class StoreUse { read, write };

// Everything a process that drives runs is made of, built by hand and in order.
//
// Ownership: borrows the io_context, which must outlive it.
// Threads:   loop thread only.
class App {
 public:
  // `agent` is what the person named: when it is a path, the project is looked for from there.
  static Result<std::unique_ptr<App>> open(asio::io_context& io, const CommonOptions& common,
                                           const std::string& agent,
                                           StoreUse use = StoreUse::write);
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);  // open() makes them
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  const Config& config() const;
  Engine& engine();
  Store& store();
  Project& project();
  const Policy& policy() const;
  std::vector<Error> policy_problems() const;  // rules that can never decide, for people to hear of
  Router& models();
  ScriptHost& scripts();
  Pool& reader();  // for reading standard input

  Result<Program> program(const std::string& agent);        // a name or a path
  Result<Program> plain_program(const std::string& model);  // `yoke run -p`
  awaitable<void> finish();                       // drives what others handed over to its end
  awaitable<Result<std::string>> last_session();  // errors: not_found

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
