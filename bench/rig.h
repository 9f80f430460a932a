#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "hosts/app/app.h"
#include "runtime/engine/engine.h"

namespace yoke {

// yoke.toml for a model that is Lua in a worker: models/bench.lua, behind the route "default".
inline constexpr const char* kScriptedConfig = R"toml([backends.demo]
preset = "scripted"
script = "models/bench.lua"

[routes.default]
targets = ["demo/bench"]
)toml";

// A project in a folder of its own, opened as `yoke run` opens one, and its agent "bench".
//
// Errors: Fault where anything goes another way than it should.
class Rig {
 public:
  // `config` is yoke.toml's text; `agent` and `model` may be empty for the usual agent, for none.
  Rig(const std::string& config, const std::string& agent, const std::string& model);

  App& app() { return *app_; }
  asio::io_context& io() { return io_; }
  const BenchFolder& folder() const { return folder_; }
  void close();  // the app, and with it the store

  // Drives `runs` runs, so many at once, each until it ends or waits; must all come to `wanted`.
  // Milliseconds of wall time each.
  std::vector<double> drive(int at_once, int runs, RunStatus wanted, int calls_wanted);

  // Starts a run and drives it until it ends or waits; must come to `wanted`.
  awaitable<RunEnd> drive_new(RunStatus wanted);
  // Runs the coroutine to its end, on this thread; what it throws is thrown.
  void finish(awaitable<void> work);

 private:
  awaitable<void> drive_one(RunStatus wanted, int calls_wanted, std::vector<double>& times);
  awaitable<void> drive_some(int runs, RunStatus wanted, int calls_wanted,
                             std::vector<double>& times);
  awaitable<void> drive_all(int at_once, int runs, RunStatus wanted, int calls_wanted,
                            std::vector<double>& times);

  BenchFolder folder_;
  asio::io_context io_{1};
  std::unique_ptr<App> app_;
  Program program_;
};

// Runs the program itself again with these arguments, so that what it measures begins afresh; its
// output goes on. Throws Fault when that fails.
void run_again(const std::vector<std::string>& args);

// Prints what went wrong; the exit status.
int fail_bench(const char* name, const std::exception& error);

}  // namespace yoke
