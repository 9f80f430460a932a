#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/agent.h"
#include "runtime/ports/tool.h"
#include "runtime/schema/schema.h"

namespace yoke {

// A tool that the engine itself answers: an agent's (spec.agent: a call is a child run), or a
// strategy's (a call is a durable script). call() is never asked.
class EngineTool final : public Tool {
 public:
  EngineTool(ToolSpec spec, std::shared_ptr<const Schema> input)
      : spec_(std::move(spec)), input_(std::move(input)) {}

  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override;
  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override;
  awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) override;

 private:
  const ToolSpec spec_;
  const std::shared_ptr<const Schema> input_;  // shared: immutable
};

// The pattern's agents: "agent:writer" is "writer"; empty for a pattern of other tools.
std::string agent_pattern(const std::string& tool_pattern);

// "agent:NAME" for an agent: it takes the agent's input, or a task in words.
Result<std::unique_ptr<Tool>> tool_for_agent(const std::string& name, const Agent& agent);

// "handoff:NAME" for an agent: it goes on with the conversation, which it is shown.
// Errors: invalid: a workflow, which has no conversation.
Result<std::unique_ptr<Tool>> handoff_to(const std::string& name, const Agent& agent);

// What the agent's strategy offers its model; null where it offers its tools alone.
std::unique_ptr<Tool> tool_of_strategy(const Agent& agent);

// A set with more tools than another's, which it owns.
std::shared_ptr<const ToolSet> with_tools(std::shared_ptr<const ToolSet> base,
                                          std::vector<std::unique_ptr<Tool>> more);

}  // namespace yoke
