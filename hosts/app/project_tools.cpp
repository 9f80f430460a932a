#include "hosts/app/project.h"
#include "tools/bundled.h"

// Which tools a project has: its own, and the bundled ones that it asks for or that touch nothing.
namespace yoke {
namespace {

bool has_any(const ToolRegistry& tools, const std::string& prefix) {
  for (const std::string& name : tools.names()) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

void Project::add_tools(std::vector<std::unique_ptr<Tool>> tools, const std::string& mend) {
  for (std::unique_ptr<Tool>& tool : tools) add_tool(std::move(tool), mend);
}

void Project::add_tool(std::unique_ptr<Tool> tool, const std::string& mend) {
  const std::string name = tool->spec().name;
  Result<void> added = registry_.add(std::move(tool));
  if (added) return;
  Error error = added.error();
  error.detail += mend;
  problems_.push_back(error);
  doubles_.emplace(name, std::move(error));
}

void Project::add_bundled() {
  for (const std::string& group : bundled_groups()) {
    const auto section = config_.bundled.find(group);
    const bool asked_for = section != config_.bundled.end();
    if (asked_for && section->second.enabled) add_bundled_group(group, &section->second);
    if (asked_for || !is_pure_group(group)) continue;
    if (has_any(registry_, group + ".")) {
      // An agent that names "csv.*" goes on meaning what it meant before they were bundled.
      notes_.push_back("the project has " + group + ".* of its own, so the bundled ones are left " +
                       "out; an empty section [bundled." + group + "] adds them");
      continue;
    }
    add_bundled_group(group, nullptr);
  }
}

void Project::add_bundled_group(const std::string& group, const BundledConfig* settings) {
  const Json values = settings == nullptr ? Json(Json::object()) : settings->settings;
  const std::string place =
      settings == nullptr ? "" : config_.file + ":" + std::to_string(settings->line);
  Result<ScriptSource> source = bundled_source(group, values);
  if (!source) {
    problems_.push_back(source.error());
    return;
  }
  LoadedTools loaded =
      load_lua_source(services_, std::make_shared<const ScriptSource>(std::move(*source)));
  for (const Error& error : loaded.errors) {
    problems_.push_back(Error{error.code, "[bundled." + group + "]: " + error.detail,
                              place.empty() ? error.place : place});
  }
  const std::string mend = ": rename the project's, or write enabled = false under [bundled." +
                           group + "]" + (place.empty() ? "" : " (" + place + ")");
  for (std::unique_ptr<LuaTool>& tool : loaded.tools) add_tool(std::move(tool), mend);
}

}  // namespace yoke
