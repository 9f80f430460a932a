#pragma once

#include <cstdint>
#include <string_view>

namespace yoke {

class Guards;
class Recall;
class RunHooks;

// What a host adds to a run besides the agent and its tools. A program's ToolSet may be one of
// these too: the engine then heeds it. Fixed with the program; owned by whoever is the ToolSet.
class RunExtras {
 public:
  virtual ~RunExtras() = default;
  virtual Guards* guards() const { return nullptr; }   // null: none
  virtual RunHooks* hooks() const { return nullptr; }  // null: none
  virtual Recall* recall() const { return nullptr; }   // null: nothing is looked for
  // Whether a model is shown this tool only once a call of finder() has named it among its result's
  // "tools": what a run has found is in its journal.
  virtual bool is_looked_for(std::string_view tool) const {
    static_cast<void>(tool);
    return false;
  }
  virtual std::string_view finder() const { return {}; }  // empty: nothing is looked for
  // How many tokens a request to this route or model and its answer may have together; 0: not
  // known.
  virtual std::int64_t window_of(std::string_view target) const {
    static_cast<void>(target);
    return 0;
  }
};

}  // namespace yoke
