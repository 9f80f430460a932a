#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"
#include "runtime/journal/run_state.h"
#include "runtime/store/types.h"

// Signals: messages from outside that a workflow waits for by name (w.signal).
namespace yoke {

inline constexpr std::size_t kSignalNameBytesMax = 200;
inline constexpr int kSignalsKeptMax = 1000;  // of one run, that no script has had yet

// What Engine::signal sends.
struct SendSignal {
  std::string run_id;
  std::string name;
  Json value = nullptr;
  std::string by;
  // The sender's own: what is sent to the run again under it is the same signal, whatever became of
  // the first. Empty: it is a new one.
  std::string key = {};
};

// A signal that is kept for its run.
struct SentSignal {
  Posted posted;                     // not `first`: it was sent before, under the same key
  std::vector<std::string> awaited;  // what the run waited for just before; as awaited_signals()
};

// That there may be signals of that name: 1 to kSignalNameBytesMax bytes of printable UTF-8.
Result<void> check_signal_name(std::string_view name);

// The names of the signals that the run's scripts wait for now: each once, the longest awaited
// first.
std::vector<std::string> awaited_signals(const RunState& state);

}  // namespace yoke
