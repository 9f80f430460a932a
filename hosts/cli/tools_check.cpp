#include <algorithm>
#include <charconv>
#include <filesystem>
#include <tuple>

#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/cli/tools_support.h"
#include "runtime/base/text.h"
#include "tools/lint/linter.h"
#include "tools/script_files.h"

// `yoke tools check`
namespace yoke {
namespace {

namespace fs = std::filesystem;

using lint::Finding;

// "tools/csv.lua:12" taken apart.
Finding finding_of(const Error& error, const std::string& file) {
  Finding finding;
  finding.rule = "load";
  finding.message = error.detail;
  finding.file = error.place.empty() ? file : error.place;
  const std::size_t colon = finding.file.rfind(':');
  if (colon == std::string::npos) return finding;
  const char* const first = finding.file.data() + colon + 1;
  const char* const last = finding.file.data() + finding.file.size();
  const auto [end, failed] = std::from_chars(first, last, finding.line);
  if (failed == std::errc() && end == last) {
    finding.file.resize(colon);
  } else {
    finding.line = 0;
  }
  return finding;
}

bool lies_in_lib(const std::string& file) {
  return file.starts_with("lib/") || file.find("/lib/") != std::string::npos;
}

// What is wrong with the files, each finding once however many files share a library.
class Check {
 public:
  explicit Check(App& app) : app_(app) {}

  // `path`: as a person at the current folder names it, or relative to the project.
  void file(const std::string& path) {
    const std::string project = app_.config().project_dir;
    const bool theirs = app_.project().origin_of(path) == ScriptOrigin::stranger;
    const std::string folder = theirs ? library_folder_of(project, path) : std::string();
    const Result<ScriptSource> source = read_script(project, path, {}, folder);
    if (!source) return add(finding_of(source.error(), path));
    bool is_lua = true;
    for (const Finding& finding : lint::lint(*source)) {
      is_lua = is_lua && finding.rule != "syntax";
      add(finding);
    }
    if (is_lua) load(path, source->name);
  }

  void add(Finding finding) {
    const bool known = std::any_of(findings_.begin(), findings_.end(), [&](const Finding& each) {
      const bool same_place = each.file == finding.file && each.line == finding.line;
      const bool same_field = each.rule == "no-description" && finding.rule == "no-description";
      return same_place && (each.message == finding.message || same_field);
    });
    if (!known) findings_.push_back(std::move(finding));
  }

  std::vector<Finding> findings() const {  // by file and line
    std::vector<Finding> sorted = findings_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Finding& left, const Finding& right) {
      return std::tie(left.file, left.line) < std::tie(right.file, right.line);
    });
    return sorted;
  }
  const std::vector<std::string>& tools() const { return tools_; }
  bool failed() const {
    return std::any_of(findings_.begin(), findings_.end(), [](const Finding& finding) {
      return finding.level == Finding::Level::error;
    });
  }

 private:
  // Runs the file's body, where it is no library: schemas and the like are checked there.
  void load(const std::string& path, const std::string& name) {
    if (lies_in_lib(name) || name.ends_with("_test.lua")) return;
    const LoadedTools loaded = app_.project().check_tool_file(path);
    for (const Error& error : loaded.errors) add(finding_of(error, name));
    for (const auto& tool : loaded.tools) {
      tools_.push_back(name + ": " + tool->spec().name);
      if (!tool->spec().description.empty()) continue;
      Finding finding;
      finding.file = name;
      finding.rule = "no-description";
      finding.message = "the tool '" + tool->spec().name +
                        "' has no description: a model will not know when to use it";
      const bool told = std::any_of(findings_.begin(), findings_.end(), [&](const Finding& each) {
        return each.file == name && each.message == finding.message;
      });
      if (!told) add(std::move(finding));
    }
  }

  App& app_;
  std::vector<Finding> findings_;
  std::vector<std::string> tools_;
};

// Absolute. Names are meant from the current folder; of a folder the scripts right in it.
Result<std::vector<std::string>> files_of(App& app, const std::vector<std::string>& named) {
  const fs::path project = app.config().project_dir;
  std::vector<std::string> files;
  if (named.empty()) {
    for (const std::string& file : app.project().tool_files()) {
      files.push_back((project / file).lexically_normal().string());
    }
  }
  for (const std::string& each : named) {
    const fs::path path = fs::absolute(each).lexically_normal();
    std::error_code none;
    if (!fs::is_directory(path, none)) {
      files.push_back(path.string());
      continue;
    }
    const Result<std::vector<std::string>> inner = list_scripts(project.string(), path.string());
    if (!inner) return inner.error();
    for (const std::string& file : *inner) {
      files.push_back((project / file).lexically_normal().string());
    }
  }
  return files;
}

awaitable<int> check(App& app, Terminal& terminal, ToolsOptions options, CommonOptions common) {
  const bool all = options.files.empty();
  Check check(app);
  if (all) {
    for (const Error& problem : app.project().problems()) check.add(finding_of(problem, ""));
  }
  const Result<std::vector<std::string>> files = files_of(app, options.files);
  if (!files) co_return fail(terminal, files.error());
  for (const std::string& file : *files) check.file(file);
  for (const Finding& finding : check.findings()) {
    if (common.json) {
      terminal.out(to_text(to_json(finding)) + "\n");
    } else if (!common.quiet || finding.level == Finding::Level::error) {
      terminal.line(printable(to_line(finding)));
    }
  }
  if (check.failed()) co_return kExitUsage;
  if (common.json || common.quiet) co_return kExitCompleted;
  if (all) {
    terminal.line(std::to_string(check.tools().size()) + " tools are well");
  } else {
    for (const std::string& tool : check.tools()) terminal.line(tool + " is well");
  }
  co_return kExitCompleted;
}

}  // namespace

int tools_check(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return check(app, out, options, common); });
}

}  // namespace yoke
