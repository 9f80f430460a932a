#include <algorithm>
#include <filesystem>
#include <set>

#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/cli/tools_support.h"
#include "runtime/base/text.h"
#include "tools/broker/broker.h"
#include "tools/script_files.h"
#include "tools/testing/test_bench.h"
#include "tools/workers/worker_pool.h"

// `yoke tools test`
namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesMax = 1'000;

bool is_test(const fs::path& file) { return file.filename().string().ends_with("_test.lua"); }

// The test files of a folder and those below it, sorted; hidden folders are left out.
std::vector<std::string> tests_in(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code none;
  for (fs::recursive_directory_iterator item(folder, none), end; !none && item != end;
       item.increment(none)) {
    const bool hidden = item->path().filename().string().starts_with(".");
    if (hidden && item->is_directory(none)) item.disable_recursion_pending();
    if (hidden || !is_test(item->path()) || files.size() >= kFilesMax) continue;
    files.push_back(item->path().lexically_normal().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::vector<std::string>> files_of(const Config& config, const ToolsOptions& options) {
  std::vector<std::string> files;
  const auto take = [&](const fs::path& folder) {
    for (const std::string& file : tests_in(folder)) {
      if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
    }
  };
  if (options.files.empty()) {
    for (const std::string& path : config.tool_paths) take(fs::path(config.project_dir) / path);
  }
  for (const std::string& given : options.files) {
    const fs::path path = fs::absolute(given).lexically_normal();
    std::error_code none;
    if (fs::is_directory(path, none)) {
      take(path);
    } else if (fs::is_regular_file(path, none)) {
      files.push_back(path.string());
    } else {
      return Error{Errc::invalid, "there is no file or folder " + given};
    }
  }
  if (!files.empty()) return files;
  return Error{Errc::invalid, "there are no tests: write tools/NAME_test.lua, as in " +
                                  std::string("docs/testing-tools.md, or name a folder")};
}

// Runs files and tells how it goes.
class Session {
 public:
  Session(App& app, Terminal& terminal, const ToolsOptions& options, const CommonOptions& common)
      : app_(app),
        terminal_(terminal),
        options_(options),
        common_(common),
        bench_({app.executor(), app.broker().modules(), app.inside(), &app.workers()}) {
    std::set<const ScriptSource*> known;
    for (const ToolSpec* spec : app.project().tools().list()) {
      const auto* tool = dynamic_cast<const LuaTool*>(app.project().tools().find(spec->name));
      if (tool != nullptr && known.insert(tool->source().get()).second) bench_.load(tool->source());
    }
  }

  awaitable<void> file(std::string path) {
    const std::string& project = app_.config().project_dir;
    const bool theirs = app_.project().origin_of(path) == ScriptOrigin::stranger;
    const std::string libraries = theirs ? library_folder_of(project, path) : std::string();
    Result<ScriptSource> source = read_script(project, path, {}, libraries);
    if (!source) co_return broken(path, source.error());
    if (theirs) source->origin = ScriptOrigin::stranger;
    const Result<TestBench::TestFile> tests = bench_.open(std::move(*source));
    if (!tests) co_return broken(path, tests.error());
    for (const auto& [definition, name] : tests->tests) {
      if (!options_.filter.empty() && name.find(options_.filter) == std::string::npos) continue;
      const std::string count = std::to_string(passed_ + failed_ + 1);
      if (!common_.quiet) terminal_.live(count + "  " + tests->source->name + ": " + name);
      const TestResult result = co_await bench_.run(tests->source, definition, name);
      tell(result);
    }
  }

  int finish(std::chrono::microseconds took) {
    terminal_.end_live();
    const std::string time = to_short_text(took);
    if (common_.json) {
      terminal_.out(
          to_text(Json{{"passed", passed_}, {"failed", failed_}, {"time_us", took.count()}}) +
          "\n");
    } else if (passed_ + failed_ == 0) {
      terminal_.line("no test has a name with '" + printable(options_.filter) + "'");
    } else {
      terminal_.line(std::to_string(passed_) + " passed, " + std::to_string(failed_) +
                     " failed in " + time);
    }
    return failed_ == 0 && passed_ > 0 ? kExitCompleted : kExitFailed;
  }

 private:
  void broken(const std::string& path, const Error& error) {
    TestResult result;
    result.file = path;
    result.message = error.message();
    tell(result);
  }

  void tell(const TestResult& result) {
    ++(result.passed ? passed_ : failed_);
    if (common_.json) {
      terminal_.out(to_text(Json{{"file", result.file},
                                 {"name", result.name},
                                 {"passed", result.passed},
                                 {"message", result.message},
                                 {"time_us", result.took.count()}}) +
                    "\n");
      return;
    }
    if (result.passed && !common_.verbose) return;
    const std::string title = result.name.empty() ? result.file : result.file + ": " + result.name;
    const std::string mark = result.passed ? "ok    " : "FAIL  ";
    terminal_.line(
        terminal_.styled(result.passed ? Style::green : Style::red, mark + printable(title)));
    if (!result.passed) terminal_.line("  " + printable(result.message));
    for (const std::string& line : result.log) terminal_.line("  log " + printable(line));
  }

  App& app_;
  Terminal& terminal_;
  const ToolsOptions& options_;
  const CommonOptions& common_;
  TestBench bench_;
  int passed_ = 0;
  int failed_ = 0;
};

awaitable<int> test(App& app, Terminal& terminal, ToolsOptions options, CommonOptions common) {
  const Result<std::vector<std::string>> files = files_of(app.config(), options);
  if (!files) co_return fail(terminal, files.error());
  if (const int wrong = tell_problems(terminal, app.project()); wrong != kExitCompleted) {
    terminal.line("note: tools of these files cannot be tested");
  }
  const auto began = LoopClock::now();
  Session session(app, terminal, options, common);
  for (const std::string& file : *files) co_await session.file(file);
  co_return session.finish(
      std::chrono::duration_cast<std::chrono::microseconds>(LoopClock::now() - began));
}

}  // namespace

int tools_test(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return test(app, out, options, common); });
}

}  // namespace yoke
