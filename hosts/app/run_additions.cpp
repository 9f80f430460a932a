#include "hosts/app/run_additions.h"

#include <map>

#include "hosts/app/recalls.h"

namespace yoke {
namespace {

constexpr const char* kGuardsKey = "guards";
constexpr const char* kWindowsKey = "windows";
constexpr const char* kRecallKey = "recall";

// Another set's tools, and what the run has besides.
class SetWithExtras final : public ToolSet, public RunExtras {
 public:
  SetWithExtras(std::shared_ptr<const ToolSet> tools, std::shared_ptr<Guards> guards,
                const Json& windows, std::shared_ptr<RunHooks> hooks,
                std::shared_ptr<Recall> recall)
      : tools_(std::move(tools)),
        guards_(std::move(guards)),
        hooks_(std::move(hooks)),
        recall_(std::move(recall)) {
    if (!windows.is_object()) return;
    for (const auto& [target, tokens] : windows.items()) {
      if (tokens.is_number_integer()) windows_[target] = tokens.get<std::int64_t>();
    }
  }

  Tool* find(std::string_view name) const override { return tools_->find(name); }
  std::vector<const ToolSpec*> list() const override { return tools_->list(); }

  Guards* guards() const override { return guards_.get(); }
  RunHooks* hooks() const override { return hooks_.get(); }
  Recall* recall() const override { return recall_.get(); }
  std::int64_t window_of(std::string_view target) const override {
    const auto found = windows_.find(target);
    return found == windows_.end() ? 0 : found->second;
  }

 private:
  std::shared_ptr<const ToolSet> tools_;  // shared with whoever made it
  std::shared_ptr<Guards> guards_;        // this set's alone
  std::shared_ptr<RunHooks> hooks_;       // shared with the host
  std::shared_ptr<Recall> recall_;        // this set's alone
  std::map<std::string, std::int64_t, std::less<>> windows_;
};

}  // namespace

RunAdditions::RunAdditions(std::vector<guards::GuardRule> rules, guards::GuardServices services,
                           WindowsOf windows_of, std::shared_ptr<RunHooks> hooks)
    : rules_(std::move(rules)),
      services_(std::move(services)),
      windows_of_(std::move(windows_of)),
      hooks_(std::move(hooks)) {}

Result<Program> RunAdditions::add(Program program, const AgentExtras& extras) const {
  const AgentSpec& spec = program.agent->spec();
  Result<std::vector<guards::GuardRule>> chosen =
      guards::guards_of(rules_, spec.name, extras.guards);
  if (!chosen) {
    return Error{Errc::invalid, "agent '" + spec.name + "': " + chosen.error().detail};
  }
  if (!chosen->empty()) program.source[kGuardsKey] = guards::to_json(*chosen);
  if (!extras.recall.is_null() && memory_ == nullptr) {
    return Error{Errc::invalid, "agent '" + spec.name +
                                    "': 'recall' looks in memory, which this project has none of: "
                                    "add [memory] to yoke.toml"};
  }
  if (!extras.recall.is_null()) program.source[kRecallKey] = extras.recall;
  for (const auto& [target, tokens] : windows_of_(spec.model)) {
    program.source[kWindowsKey][target] = tokens;
  }
  Result<std::shared_ptr<const ToolSet>> tools = kept(program.tools, program.source);
  if (!tools) return tools.error();
  program.tools = std::move(*tools);
  return program;
}

Result<std::shared_ptr<const ToolSet>> RunAdditions::kept(std::shared_ptr<const ToolSet> tools,
                                                          const Json& source) const {
  const Json& windows = member_at(source, kWindowsKey);
  Result<std::vector<guards::GuardRule>> rules =
      guards::rules_from_json(member_at(source, kGuardsKey));
  if (!rules) return rules.error();
  std::shared_ptr<Guards> guards = guards::make_guards(std::move(*rules), services_);
  std::shared_ptr<Recall> recall;
  const Json& recalls = member_at(source, kRecallKey);
  if (!recalls.is_null() && memory_ != nullptr) recall = make_recall(*memory_, recalls);
  if (!guards && windows.is_null() && !hooks_ && !recall) return tools;
  return std::shared_ptr<const ToolSet>(std::make_shared<const SetWithExtras>(
      std::move(tools), std::move(guards), windows, hooks_, std::move(recall)));
}

}  // namespace yoke
