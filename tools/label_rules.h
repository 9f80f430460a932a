#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/flow_policy.h"
#include "tools/policy_rules.h"

namespace yoke {

// What the rules of labels do: nothing; ask where an untrusted text may have decided; ask about
// every call with an effect once anything untrusted has been read.
enum class LabelMode : std::uint8_t { off, on, strict };
std::string_view name_of(LabelMode mode);
std::optional<LabelMode> label_mode_from_name(std::string_view name);

// The operator's settings, as yoke.toml has them. Globs are over qualified names.
struct LabelSettings {
  LabelMode mode = LabelMode::on;
  std::vector<PolicyText> trusted = {};    // tools whose results count as the user's own words
  std::vector<PolicyText> untrusted = {};  // tools whose results anybody may have written
  // For tools by glob: the arguments that decide whom a call reaches. Wins over the tool's own.
  std::map<std::string, std::vector<std::string>> critical = {};
};

// What a tool says of itself that its spec does not hold.
struct ToolWords {
  bool is_stranger = false;
  std::optional<std::vector<std::string>> critical = {};
  std::optional<bool> sends = {};  // its calls carry data to others; none: as its nature is
};

// The rules that go by where arguments came from. They only ever turn an allow into an ask, and
// only where untrusted content is in the run:
//   labels.critical   a call with an effect whose critical argument stands in no trusted text
//   labels.decision   a call with an effect that no trusted text can have decided
//   labels.content    a message that carries an address of an untrusted text to somebody
//   labels.clearance  a place to read from that was put together, so that data may leave with it
//   labels.strict     any call with an effect, in the mode `strict`
// An allow rule covers what it names: by a condition on an argument that argument, by the tool's
// whole name that it is called at all. "*" covers neither.
class LabelRules {
 public:
  explicit LabelRules(LabelSettings settings) : settings_(std::move(settings)) {}

  LabelMode mode() const { return settings_.mode; }
  ToolFlow flow_of(const ToolSpec& tool, const ToolWords& words) const;
  // What `rules` say of the call, and then these. Pure.
  FlowDecision decide(const FlowQuery& query, const PolicyRules& rules) const;

 private:
  LabelSettings settings_;
};

// What is wrong with the settings: globs that match no tool, arguments that no tool has.
std::vector<Error> check_labels(const LabelSettings& settings, const ToolSet& tools);

// What each of the rules above is for, in a sentence; empty for any other.
std::string_view meaning_of_label_rule(std::string_view rule);

}  // namespace yoke
