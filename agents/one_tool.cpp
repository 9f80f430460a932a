#include "agents/one_tool.h"
#include "runtime/journal/shown_value.h"

namespace yoke {
namespace {

constexpr const char* kOneTool = "one_tool";
constexpr const char* kCall = "call";  // a run has one

class OneToolAgent final : public Agent {
 public:
  OneToolAgent(std::string listed_as, std::string tool) {
    spec_.name = std::move(listed_as);
    spec_.description = "Calls a tool once.";
    spec_.strategy = kOneTool;
    spec_.tools = {std::move(tool)};
  }

  const AgentSpec& spec() const override { return spec_; }
  std::string note_after(const Turn&) const override { return {}; }

  std::vector<Action> next(const RunState& state) const override {
    const CallState* call = state.find_call(kCall);
    if (call == nullptr || call->open) {
      return {CallNamed{kCall, spec_.tools.front(), state.input, ""}};
    }
    if (call->outcome != Outcome::ok) {
      return {Fail{"tool." + std::string(name_of(call->outcome)), call->message}};
    }
    if (call->value.is_null()) return {Complete{"", nullptr}};
    const bool is_text = call->value.is_string();
    if (is_text) return {Complete{call->value.get<std::string>(), call->value}};
    return {Complete{to_text(shown_value(call->value).read), call->value}};
  }

 private:
  AgentSpec spec_;
};

}  // namespace

std::shared_ptr<const Agent> one_tool_agent(std::string listed_as, std::string tool) {
  return std::make_shared<const OneToolAgent>(std::move(listed_as), std::move(tool));
}

bool is_one_tool(const Json& spec) {
  const Json& tools = member_at(spec, "tools");
  return string_at(spec, "strategy") == kOneTool && tools.is_array() && tools.size() == 1 &&
         tools.front().is_string();
}

std::shared_ptr<const Agent> restore_one_tool(const Json& spec) {
  return one_tool_agent(string_at(spec, "name"),
                        member_at(spec, "tools").front().get<std::string>());
}

}  // namespace yoke
