#include <filesystem>

#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/cli/tools_support.h"
#include "runtime/base/text.h"
#include "tools/script_files.h"

// `yoke tools grant | add`
namespace yoke {
namespace {

namespace fs = std::filesystem;

int grant_one(App& app, Terminal& terminal, const LuaTool& tool) {
  const GrantDecision before = tool.grant();
  const Result<void> granted =
      app.project().grants().grant(tool.spec(), tool.origin(), SystemWallClock().now());
  if (!granted) return fail(terminal, granted.error());
  terminal.line("granted; " + tool.spec().name + " may:");
  terminal.err(powers_text(tool));
  if (before.granted_at != 0 && !before.powers.empty()) {
    terminal.line("  new since the last grant: " + printable(join(before.powers, "; ")));
  }
  if (tool.origin() == ScriptOrigin::stranger) {
    terminal.line("  (a stranger's script: it is asked about again when its file changes)");
  }
  return kExitCompleted;
}

awaitable<int> grant(App& app, Terminal& terminal, std::string name) {
  const Result<const LuaTool*> tool = find_tool(app.project(), name);
  if (!tool) co_return fail(terminal, tool.error());
  co_return grant_one(app, terminal, **tool);
}

awaitable<int> grant_all(App& app, Terminal& terminal) {
  ToolRegistry& tools = app.project().tools();
  const std::vector<Ungranted> waiting = app.project().ungranted(tools);
  if (waiting.empty()) terminal.line("every tool has what it asks for");
  int status = tell_problems(terminal, app.project());
  for (const Ungranted& each : waiting) {
    const Result<const LuaTool*> tool = find_tool(app.project(), each.spec->name);
    const int one = tool ? grant_one(app, terminal, **tool) : fail(terminal, tool.error());
    if (one != kExitCompleted) status = one;
  }
  co_return status;
}

struct Copy {
  fs::path from;
  fs::path to;
};

bool is_script(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".lua") && !name.starts_with(".");
}

// The Lua files of what a person named, and where each would go: of a folder its own and those of
// its lib/. Errors: invalid.
Result<std::vector<Copy>> planned(const fs::path& from, const fs::path& home) {
  std::error_code none;
  std::vector<Copy> copies;
  if (fs::is_regular_file(from, none)) {
    if (!is_script(from)) return Error{Errc::invalid, from.string() + " is no Lua file"};
    copies.push_back({from, home / from.filename()});
    return copies;
  }
  if (!fs::is_directory(from, none)) {
    return Error{Errc::invalid, "there is no file or folder " + from.string()};
  }
  const fs::path whole = fs::absolute(from).lexically_normal();
  const fs::path name = whole.has_filename() ? whole.filename() : whole.parent_path().filename();
  for (const char* inner : {"", "lib"}) {
    for (const auto& item : fs::directory_iterator(from / inner, none)) {
      if (!item.is_regular_file(none) || !is_script(item.path())) continue;
      copies.push_back({item.path(), home / name / inner / item.path().filename()});
    }
  }
  if (copies.empty()) return Error{Errc::invalid, from.string() + " holds no Lua files"};
  return copies;
}

// Puts files where they are to be, and back as it was unless kept.
class Placing {
 public:
  Placing() = default;
  ~Placing() {
    if (kept_) return;
    std::error_code ignored;
    for (const Copy& each : placed_) {
      fs::remove(each.to, ignored);
      const fs::path before = aside(each.to);
      if (fs::exists(before, ignored)) fs::rename(before, each.to, ignored);
      fs::remove(each.to.parent_path(), ignored);  // where it is empty
    }
  }
  Placing(const Placing&) = delete;
  Placing& operator=(const Placing&) = delete;

  Result<void> place(const Copy& copy) {
    std::error_code failed;
    fs::create_directories(copy.to.parent_path(), failed);
    if (!failed && fs::exists(copy.to)) fs::rename(copy.to, aside(copy.to), failed);
    if (!failed) {
      placed_.push_back(copy);
      fs::copy_file(copy.from, copy.to, failed);
    }
    if (!failed) return {};
    return Error{Errc::unavailable, "cannot write " + copy.to.string() + ": " + failed.message()};
  }

  void keep() {
    kept_ = true;
    std::error_code ignored;
    for (const Copy& each : placed_) fs::remove(aside(each.to), ignored);
  }

 private:
  static fs::path aside(const fs::path& file) { return file.string() + ".before"; }
  bool kept_ = false;
  std::vector<Copy> placed_;
};

// What was copied, loaded as a run would load it. Errors: the first that is wrong.
Result<LoadedTools> loaded_from(App& app, const std::vector<Copy>& copies) {
  LoadedTools all;
  for (const Copy& copy : copies) {
    if (copy.to.parent_path().filename() == "lib") continue;
    if (copy.to.filename().string().ends_with("_test.lua")) continue;
    LoadedTools loaded = app.project().check_tool_file(copy.to.string());
    if (!loaded.errors.empty()) return loaded.errors.front();
    for (auto& tool : loaded.tools) all.tools.push_back(std::move(tool));
  }
  if (all.tools.empty()) return Error{Errc::invalid, "there is no tool in it"};
  for (const auto& tool : all.tools) {
    const Tool* other = app.project().tools().find(tool->spec().name);
    if (other == nullptr || other->spec().origin == tool->spec().origin) continue;
    return Error{Errc::conflict, "the tool '" + tool->spec().name + "' is there already, in " +
                                     other->spec().origin + "; rename one of them"};
  }
  return all;
}

awaitable<int> add(App& app, Terminal& terminal, ToolsOptions options) {
  const Config& config = app.config();
  if (config.third_party.empty()) {
    co_return fail(terminal, Error{Errc::invalid, "[tools] third_party names no folder to add to"});
  }
  const fs::path home = fs::path(config.project_dir) / config.third_party.front();
  const Result<std::vector<Copy>> copies = planned(options.path, home);
  if (!copies) co_return fail(terminal, copies.error());
  Placing placing;
  for (const Copy& copy : *copies) {
    std::error_code none;
    if (!options.force && fs::exists(copy.to, none)) {
      co_return fail(
          terminal, Error{Errc::invalid, copy.to.string() +
                                             " is there already; --force replaces it, and asks for "
                                             "a new grant"});
    }
    const Result<void> placed = placing.place(copy);
    if (!placed) co_return fail(terminal, placed.error());
  }
  const Result<LoadedTools> loaded = loaded_from(app, *copies);
  if (!loaded) {
    co_return fail(terminal,
                   Error{Errc::invalid, "nothing was added: " + loaded.error().message()});
  }
  placing.keep();
  terminal.line("added as a stranger's, to " + home.lexically_normal().string());
  for (const auto& tool : loaded->tools) {
    terminal.line(tool->spec().name + ": " + shorten(printable(tool->spec().description), 100));
    terminal.line("  it asks to:");
    terminal.err(powers_text(*tool));
  }
  for (const auto& tool : loaded->tools) {
    terminal.line("now, if you trust it with that: yoke tools grant " + tool->spec().name);
  }
  co_return kExitCompleted;
}

}  // namespace

int tools_grant(const CommonOptions& common, const ToolsOptions& options) {
  if (options.name.empty() != options.all) {
    Terminal terminal(common.color);
    return fail(terminal, Error{Errc::invalid, "name one tool, or --all that wait for a grant"});
  }
  return with_project(common, "", [&](App& app, Terminal& out) {
    return options.all ? grant_all(app, out) : grant(app, out, options.name);
  });
}

int tools_add(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "", [&](App& app, Terminal& out) { return add(app, out, options); });
}

}  // namespace yoke
