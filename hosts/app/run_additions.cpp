#include "hosts/app/run_additions.h"

#include <map>
#include <set>

#include "hosts/app/recalls.h"

namespace yoke {
namespace {

constexpr const char* kGuardsKey = "guards";
constexpr const char* kWindowsKey = "windows";
constexpr const char* kRecallKey = "recall";
constexpr const char* kLookedForKey = "looked_for";

std::vector<std::string> looked_for_in(const Json& source) {
  std::vector<std::string> names;
  for (const Json& name : member_at(source, kLookedForKey)) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

// Another set's tools, and what the run has besides.
class SetWithExtras final : public ToolSet, public RunExtras {
 public:
  SetWithExtras(std::shared_ptr<const ToolSet> tools, std::shared_ptr<Guards> guards,
                const Json& windows, std::shared_ptr<RunHooks> hooks,
                std::shared_ptr<Recall> recall, const std::vector<std::string>& looked_for)
      : tools_(std::move(tools)),
        guards_(std::move(guards)),
        hooks_(std::move(hooks)),
        recall_(std::move(recall)),
        looked_for_(looked_for.begin(), looked_for.end()) {
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
  bool is_looked_for(std::string_view tool) const override { return looked_for_.contains(tool); }
  std::string_view finder() const override {
    return looked_for_.empty() ? std::string_view() : mcp::kFindTools;
  }
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
  const std::set<std::string, std::less<>> looked_for_;
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
  if (shown_ && spec.strategy == "loop") {
    const std::vector<std::string> deferred = mcp::deferred_tools(*program.tools, *shown_);
    if (!deferred.empty()) program.source[kLookedForKey] = deferred;
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
  const std::vector<std::string> looked_for = looked_for_in(source);
  tools = mcp::with_find_tools(std::move(tools), looked_for);
  if (!guards && windows.is_null() && !hooks_ && !recall && looked_for.empty()) return tools;
  return std::shared_ptr<const ToolSet>(std::make_shared<const SetWithExtras>(
      std::move(tools), std::move(guards), windows, hooks_, std::move(recall), looked_for));
}

}  // namespace yoke
