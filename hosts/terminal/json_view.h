#pragma once

#include "hosts/terminal/terminal.h"
#include "runtime/engine/feed.h"

namespace yoke {

// A run as one JSON object a line on standard output: the journal's events, and the live kinds
// (delta.text, delta.reasoning, delta.tool_args, tool.progress, reset) between them.
class JsonView final : public Listener {
 public:
  explicit JsonView(Terminal& terminal) : terminal_(terminal) {}

  void on_event(const Event& event) override;
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override;
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override;
  void on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
              std::string_view message) override;

 private:
  Terminal& terminal_;
};

}  // namespace yoke
