#include <filesystem>
#include <fstream>

#include "hosts/cli/commands.h"
#include "hosts/cli/editor.h"
#include "hosts/cli/support.h"
#include "tools/editor_files.h"

// `yoke tools types`
namespace yoke {
namespace {

namespace fs = std::filesystem;

Result<void> write_text(const fs::path& file, const std::string& text) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.flush();
  if (!out) return Error{Errc::unavailable, "cannot write " + file.string()};
  return {};
}

}  // namespace

Result<std::vector<std::string>> write_editor_files(const std::string& project,
                                                    const std::string& folder) {
  const fs::path root = project;
  const fs::path types = root / folder / "yoke.lua";
  const fs::path settings = root / ".luarc.json";
  std::vector<std::string> written = {types.lexically_normal().string()};
  if (const Result<void> done = write_text(types, editor_definitions()); !done) return done.error();
  std::error_code ignored;
  if (fs::exists(settings, ignored)) return written;
  const Result<void> done = write_text(settings, editor_settings(folder));
  if (!done) return done.error();
  written.push_back(settings.lexically_normal().string());
  return written;
}

int tools_types(const CommonOptions& common, const ToolsOptions& options) {
  Terminal terminal(common.color);
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  const std::string folder =
      options.path.empty() ? kEditorFolder : fs::absolute(options.path).lexically_normal().string();
  const Result<std::vector<std::string>> written = write_editor_files(config->project_dir, folder);
  if (!written) return fail(terminal, written.error());
  for (const std::string& file : *written) terminal.line("wrote " + file);
  return kExitCompleted;
}

}  // namespace yoke
