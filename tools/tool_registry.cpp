#include "tools/tool_registry.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "tools/bundled.h"

namespace yoke {
namespace {

constexpr std::size_t kToolNameBytesMax = 64;

// Names that others gave keep their capitals.
enum class Given { by_us, by_others };

bool is_part(std::string_view part, Given given = Given::by_us) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [given](char c) {
    const bool capital = c >= 'A' && c <= 'Z';
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           (capital && given == Given::by_others);
  });
}

std::string plain(std::string_view name) {
  std::string copy(name);
  std::replace_if(
      copy.begin(), copy.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  return copy;
}

// The group of tools that ship with the program, where a name is of one that the set has none of;
// else empty.
std::string group_left_out(std::string_view name, const ToolSet& set) {
  const std::string group(name.substr(0, name.find('.')));
  const std::vector<std::string> groups = bundled_groups();
  if (std::find(groups.begin(), groups.end(), group) == groups.end()) return "";
  for (const ToolSpec* spec : set.list()) {
    if (spec->name.starts_with(group + ".")) return "";
  }
  return group;
}

// Tools that another set owns.
class Selection final : public ToolSet {
 public:
  void add(Tool& tool) { tools_.emplace(tool.spec().name, &tool); }

  Tool* find(std::string_view name) const override {
    const auto found = tools_.find(name);
    return found == tools_.end() ? nullptr : found->second;
  }
  std::vector<const ToolSpec*> list() const override {
    std::vector<const ToolSpec*> specs;
    for (const auto& [name, tool] : tools_) specs.push_back(&tool->spec());
    return specs;
  }

 private:
  std::map<std::string, Tool*, std::less<>> tools_;
};

}  // namespace

Result<void> check_tool_name(std::string_view name) {
  const std::string shown =
      "'" + shorten(printable(to_valid_utf8(name)), 80) + "' is no tool name: ";
  if (name.size() > kToolNameBytesMax)
    return Error{Errc::invalid, shown + "it is over 64 characters"};
  std::string_view dotted = name;
  Given given = Given::by_us;
  const std::size_t colon = name.find(':');
  if (colon != std::string_view::npos) {
    if (!is_part(name.substr(0, colon))) return Error{Errc::invalid, shown + "a kind before ':'"};
    dotted = name.substr(colon + 1);
    given = Given::by_others;
  }
  for (const std::string& part : split(dotted, '.')) {
    if (is_part(part, given)) continue;
    return Error{Errc::invalid,
                 shown + "write parts of a-z, 0-9, '_' and '-' joined by dots, as in 'csv.stats'"};
  }
  return {};
}

Result<void> ToolRegistry::add(std::unique_ptr<Tool> tool) {
  const ToolSpec& spec = tool->spec();
  if (Result<void> named = check_tool_name(spec.name); !named) {
    return Error{named.error().code, named.error().detail, spec.origin};
  }
  const auto other = plain_names_.find(plain(spec.name));
  if (other != plain_names_.end()) {
    const std::string& there = tools_.find(other->second)->second->spec().origin;
    const std::string what = other->second == spec.name
                                 ? "the tool '" + spec.name + "' is there twice"
                                 : "the tools '" + spec.name + "' and '" + other->second +
                                       "' look the same to models, which write dots as '_'";
    return Error{Errc::conflict, what + ": in " + there + " and in " + spec.origin, spec.origin};
  }
  plain_names_.emplace(plain(spec.name), spec.name);
  const std::string name = spec.name;
  tools_.emplace(name, std::move(tool));
  return {};
}

Tool* ToolRegistry::find(std::string_view name) const {
  const auto found = tools_.find(name);
  return found == tools_.end() ? nullptr : found->second.get();
}

std::vector<const ToolSpec*> ToolRegistry::list() const {
  std::vector<const ToolSpec*> specs;
  for (const auto& [name, tool] : tools_) specs.push_back(&tool->spec());
  return specs;
}

std::vector<std::string> ToolRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tool] : tools_) names.push_back(name);
  return names;
}

Result<std::unique_ptr<ToolSet>> ToolRegistry::select(
    const std::vector<std::string>& patterns) const {
  auto selection = std::make_unique<Selection>();
  for (const std::string& pattern : patterns) {
    bool matched = false;
    for (const auto& [name, tool] : tools_) {
      if (!glob_match(pattern, name)) continue;
      selection->add(*tool);
      matched = true;
    }
    if (!matched) return no_such_tool(pattern, *this);
  }
  return std::unique_ptr<ToolSet>(std::move(selection));
}

Error no_such_tool(std::string_view name, const ToolSet& set) {
  std::vector<std::string> names;
  for (const ToolSpec* spec : set.list()) names.push_back(spec->name);
  const std::string group = group_left_out(name, set);
  const std::string mend = group.empty() ? did_you_mean(name, names)
                                         : "; tools '" + group + ".*' ship with Yoke: a section " +
                                               "[bundled." + group + "] in yoke.toml adds them";
  return Error{Errc::not_found,
               "there is no tool '" + shorten(printable(to_valid_utf8(name)), 80) + "'" + mend};
}

}  // namespace yoke
