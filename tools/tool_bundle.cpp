#include "tools/tool_bundle.h"

#include <map>

#include "tools/bundled.h"
#include "tools/tool_registry.h"

namespace yoke {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::string_view kPluginKind = "plugin:";

// A plugin's code is not kept, only what it was: its files are the project's, and may be big.
bool is_plugin(std::string_view kind) { return kind.starts_with(kPluginKind); }

// Owns the Lua tools of a bundle; borrows those of other kinds.
class RestoredTools final : public ToolSet {
 public:
  explicit RestoredTools(const LuaToolServices& services) : live_(services), granted_(services) {
    granted_.gate = [](const ToolSpec&, ScriptOrigin) {
      GrantDecision decision;
      decision.granted = true;
      return decision;
    };
  }

  const LuaToolServices& services(bool granted) const { return granted ? granted_ : live_; }
  void own(std::unique_ptr<LuaTool> tool) {
    tools_[tool->spec().name] = tool.get();
    owned_.push_back(std::move(tool));
  }
  void borrow(Tool& tool) { tools_[tool.spec().name] = &tool; }

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
  LuaToolServices live_;
  LuaToolServices granted_;
  std::vector<std::unique_ptr<LuaTool>> owned_;
  std::map<std::string, Tool*, std::less<>> tools_;
};

using Sources = std::map<std::string, std::shared_ptr<const ScriptSource>>;

Error bad_bundle(const std::string& why) {
  return Error{Errc::invalid, "the tools of this run cannot be restored: " + why};
}

Result<Sources> sources_of(const Json& value) {
  Sources sources;
  if (!value.is_object()) return bad_bundle("it holds no sources");
  for (const auto& [key, item] : value.items()) {
    Result<ScriptSource> source = script_source_from_json(item);
    if (!source) return bad_bundle(source.error().message());
    sources.emplace(key, std::make_shared<const ScriptSource>(std::move(*source)));
  }
  return sources;
}

Result<void> restore_lua(RestoredTools& set, const Json& entry, const Sources& sources) {
  const std::string name = string_at(entry, "name");
  const auto source = sources.find(string_at(entry, "source"));
  if (source == sources.end()) return bad_bundle("the source of '" + name + "' is missing");
  const Result<ScriptOrigin> origin = script_origin_from_name(string_at(entry, "origin"));
  if (!origin) return bad_bundle(origin.error().message());
  auto script = std::make_shared<ScriptSource>(*source->second);
  // Only what is still the program's own, to the byte, has its standing.
  const bool changed = *origin == ScriptOrigin::bundled && !is_bundled(*script);
  script->origin = changed ? ScriptOrigin::own : *origin;
  const LuaToolServices& services = set.services(bool_at(entry, "granted"));
  LoadedTools loaded = load_lua_source(services, std::move(script));
  for (std::unique_ptr<LuaTool>& tool : loaded.tools) {
    if (tool->spec().name != name) continue;
    set.own(std::move(tool));
    return {};
  }
  if (!loaded.errors.empty()) return bad_bundle(loaded.errors.front().message());
  return bad_bundle("its source defines no tool '" + name + "'");
}

Result<void> restore_other(RestoredTools& set, const Json& entry, const ToolSet* others) {
  const std::string name = string_at(entry, "name");
  Tool* tool = others == nullptr ? nullptr : others->find(name);
  if (tool == nullptr) {
    return Error{Errc::not_found, "the tool '" + name + "' of this run (" +
                                      string_at(entry, "kind") + ") is not here any more"};
  }
  const std::string began_with = string_at(entry, "hash");
  if (!began_with.empty() && began_with != tool->spec().source_hash) {
    return Error{Errc::conflict, string_at(entry, "kind").substr(kPluginKind.size()) +
                                     ": the plugin of '" + name +
                                     "' has changed since the run began: put it back as it was, or "
                                     "cancel the run and start another"};
  }
  set.borrow(*tool);
  return {};
}

}  // namespace

Json bundle(const ToolSet& set) {
  Json sources = Json::object();
  Json tools = Json::array();
  for (const ToolSpec* spec : set.list()) {
    Json entry = Json::object();
    entry["name"] = spec->name;
    const auto* lua = dynamic_cast<const LuaTool*>(set.find(spec->name));
    if (lua == nullptr) {
      entry["kind"] = spec->origin;
      if (is_plugin(spec->origin)) entry["hash"] = spec->source_hash;
    } else {
      // The file's name goes with the key: the same text under two names gives two messages.
      const std::string key = spec->source_hash + " " + lua->source()->name;
      if (!sources.contains(key)) sources[key] = to_json(*lua->source());
      entry["kind"] = "lua";
      entry["source"] = key;
      entry["origin"] = std::string(name_of(lua->origin()));
      entry["granted"] = lua->grant().granted;
    }
    tools.push_back(std::move(entry));
  }
  Json value = Json::object();
  value["version"] = kVersion;
  value["sources"] = std::move(sources);
  value["tools"] = std::move(tools);
  return value;
}

Result<std::unique_ptr<ToolSet>> restore(const Json& bundle, const LuaToolServices& services,
                                         const ToolSet* others) {
  if (integer_at(bundle, "version") != kVersion) return bad_bundle("its version is not known");
  const Result<Sources> sources = sources_of(member_at(bundle, "sources"));
  if (!sources) return sources.error();
  auto set = std::make_unique<RestoredTools>(services);
  for (const Json& entry : member_at(bundle, "tools")) {
    const bool lua = string_at(entry, "kind") == "lua";
    Result<void> restored =
        lua ? restore_lua(*set, entry, *sources) : restore_other(*set, entry, others);
    if (!restored) return restored.error();
  }
  return std::unique_ptr<ToolSet>(std::move(set));
}

}  // namespace yoke
