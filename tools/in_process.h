#pragma once

#include <deque>
#include <map>
#include <string>

#include "runtime/loop/offload.h"
#include "tools/script_place.h"

namespace yoke {

// Runs Lua in this process, under quotas alone: for scripts that ship with the program, and for
// simulations.
//
// Threads:   loop thread only. With `threads`, Lua itself runs there and the loop goes on; without,
//            it runs inside advance(). define() runs where it is called.
// Cancellation: a state that is computing ends at its quota, unseen, and keeps its thread until
// then. Limits:    kProgramsMax compiled sources are kept.
class InProcess final : public ScriptPlace {
 public:
  static constexpr std::size_t kProgramsMax = 256;

  // `threads` have at least 1 MiB of stack.
  explicit InProcess(Pool* threads = nullptr) : threads_(threads) {}

  Result<std::vector<sandbox::Definition>> define(const ScriptSource& source,
                                                  const sandbox::Quota& quota) override;
  awaitable<Result<std::unique_ptr<ScriptSession>>> open(SessionOrder order) override;

 private:
  using Program = std::shared_ptr<const sandbox::Program>;

  Result<Program> program_of(const ScriptSource& source);

  Pool* const threads_;
  std::map<std::string, Program> programs_;  // by hash and name
  std::deque<std::string> oldest_programs_;
};

}  // namespace yoke
