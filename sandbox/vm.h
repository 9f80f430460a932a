#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/time.h"
#include "sandbox/quota.h"

namespace yoke::sandbox {

// A script's text with the libraries it may require: the unit that is compiled, hashed and run.
struct Source {
  std::string name;  // for messages: "tools/csv.lua"
  std::string text;
  std::vector<std::pair<std::string, std::string>> libs = {};  // "lib.units" -> text
};

// A compiled source. Immutable; may be shared between states and threads. Its bytecode never comes
// from outside: only compile() makes it.
class Program;

// Errors: `place` is "file:line" for a syntax error; too_large over the source quota.
Result<std::shared_ptr<const Program>> compile(const Source& source, const Quota& quota);

// The library that makes what a test is given. An argument {"$test": true} of Vm::start() stands
// for it. No script can require it by accident: no file has such a name.
inline constexpr std::string_view kTestKit = "$test";

// The library that runs a durable script: it returns a function that is called with the
// definition's function and the arguments after the first, which is {"$flow": true}.
inline constexpr std::string_view kFlowKit = "$flow";
// A library that {"$code": true}, as an argument, stands for: the function that is its body, not
// yet run.
inline constexpr std::string_view kCodeBody = "script";

// One thing the file returned (`tool {…}`, `agent {…}` …): its plain fields, its function fields by
// name.
struct Definition {
  std::string kind;
  Json fields;
  std::vector<std::string> functions;
  int line = 0;
};

// What a script asks of the world, as plain data. The state is suspended until resume().
struct HostCall {
  std::string module;    // "http", "fs", "kv"
  std::string function;  // "get"
  Json args;             // array of the positional arguments
};

struct HostReply {
  bool ok = true;
  Json value;           // given to the script as the call's result
  std::string message;  // when not ok: raised in the script as an ordinary, catchable error
};

struct Done {
  Json value;
};

// How a call went wrong. `quota` names the exhausted bound ("instructions") when kind is quota.
struct Failed {
  enum class Kind : std::uint8_t {
    error,       // the script raised an error
    quota,       // it used more than it may; could not be caught
    conversion,  // its result is no plain data (cycle, function, NaN …)
  };
  Kind kind = Kind::error;
  std::string message;    // one line, at most 4 KiB, valid UTF-8, no addresses
  std::string place;      // "tools/csv.lua:12" where known
  std::string traceback;  // of the script's own frames
  std::string quota;
};

// Its slice is used up; it has more to do.
struct Paused {};

using Step = std::variant<Failed, Done, HostCall, Paused>;

// What a state is given at birth. Nothing else reaches the script.
struct Inputs {
  std::uint64_t random_seed = 0;          // math.random and crypto.random_bytes
  Micros wall_us = 0;                     // os.time, time.now: fixed for the call
  std::vector<std::string> modules = {};  // effectful host modules granted: "http", "fs", "kv" …
  std::function<void(std::string_view level, std::string_view text)> log = {};
  // ctx.progress; total 0 is unknown. ctx is any argument of start() that has "$ctx": true.
  std::function<void(double done, double total, std::string_view message)> progress = {};
};

// One fresh Lua state running one program once, under quotas, deterministically: the same program,
// inputs and replies give the same steps.
//
// Threads: one at a time. Never inside another state's call.
// Errors:  all in Step or Result; a Lua error never leaves as a C++ exception.
// Limits:  the quota, for the life of the state; the thread needs 1 MiB of stack.
class Vm {
 public:
  Vm(std::shared_ptr<const Program> program, const Quota& quota, Inputs inputs);
  ~Vm();
  Vm(const Vm&) = delete;
  Vm& operator=(const Vm&) = delete;

  // Runs the file's body, which must return a definition or a list of them. Once, before start().
  Result<std::vector<Definition>> define();

  // Calls a function of a definition; calls define() itself if that was not done.
  Step start(int definition, const std::string& function, const Json& args);
  // Answers the HostCall that the last step returned.
  Step resume(const HostReply& reply);
  // Goes on after Paused.
  Step go_on();

  // From here on a step pauses, where Lua can, once it has run for so long on the wall clock; 0:
  // never. A pause is nothing to the script: its steps and its meter stay the same.
  void pause_after(std::chrono::microseconds slice);

  Meter meter() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace yoke::sandbox
