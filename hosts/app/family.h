#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/agent.h"

namespace yoke {

// The agents that a program may start, out of the sources that were kept with it: whatever becomes
// of their files, a run's children are what they were when it began.
class KeptFamily final : public Family {
 public:
  using Restore = std::function<Result<Program>(Json source)>;

  // `members`: by name, the source of each agent that may be reached; `names`: those that may be
  // started at once.
  KeptFamily(std::shared_ptr<const Json> members, std::vector<std::string> names, Restore restore)
      : members_(std::move(members)), names_(std::move(names)), restore_(std::move(restore)) {}

  std::vector<std::string> names() const override { return names_; }
  Result<Program> program(std::string_view agent) const override;

 private:
  const std::shared_ptr<const Json> members_;  // shared with programs made of it
  const std::vector<std::string> names_;       // sorted
  const Restore restore_;
};

}  // namespace yoke
