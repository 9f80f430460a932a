#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/http/client.h"
#include "runtime/loop/task_group.h"
#include "tools/broker/broker.h"
#include "tools/lua_tools.h"
#include "tools/script_runner.h"
#include "tools/testing/test_talk.h"
#include "tools/tool_registry.h"

namespace yoke {

// One test and what became of it.
struct TestResult {
  std::string file;
  std::string name;
  bool passed = false;
  std::string message = {};           // why not: begins with file:line where that is known
  std::vector<std::string> log = {};  // what the tools logged
  std::chrono::microseconds took{0};
};

// Runs `tests { … }` files: each test in a fresh state, and the tools that it calls in states of
// their own, with everything that acts replaced by what the test says. Arguments, schemas,
// permissions and quotas are as in a run; grants, narrowings and policy are not asked.
//
// Ownership: borrows everything in Services, which outlives it.
// Threads:   loop thread only.
class TestBench {
 public:
  struct Services {
    asio::any_io_executor executor;
    const std::vector<std::unique_ptr<HostModule>>& modules;  // admit() alone is called
    ScriptPlace& inside;                                      // as in ScriptRunner::Services
    ScriptPlace* outside = nullptr;
  };
  explicit TestBench(Services services);
  ~TestBench();
  TestBench(const TestBench&) = delete;
  TestBench& operator=(const TestBench&) = delete;

  // The tools of a source, for tests to call. What does not load is left out.
  void load(std::shared_ptr<const ScriptSource> source);

  // The names of the tests of a file, sorted, in a source that runs them. Errors: what is wrong
  // with the file, with its place.
  struct TestFile {
    std::shared_ptr<const ScriptSource> source;
    std::vector<std::pair<int, std::string>> tests;  // definition, name
  };
  Result<TestFile> open(ScriptSource source);

  awaitable<TestResult> run(std::shared_ptr<const ScriptSource> source, int definition,
                            std::string name);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
