#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "tests/support/process.h"

namespace yoke::testing {

// A folder of its own under the system's temporary folder, removed at the end.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  // Writes the file and the folders above it.
  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;

 private:
  std::filesystem::path path_;
};

using Args = std::vector<std::string>;

// A project folder with the `yoke` program at hand.
class TempProject : public TempFolder {
 public:
  explicit TempProject(std::string program) : program_(std::move(program)) {}

  ProcessOptions options(const Args& args) const;
  Ended yoke(const Args& args) const;
  Ended yoke(const ProcessOptions& options) const;
  Process start(const ProcessOptions& options) const { return Process(program_, options); }
  Process start(const Args& args) const { return Process(program_, options(args)); }

  // The journal of a run as `yoke runs events --json` prints it.
  std::vector<Json> events(const std::string& run_id) const;
  // The id of the newest run; empty when there is none.
  std::string newest_run() const;

 private:
  std::string program_;
};

// One JSON value a line; throws at a line that is none.
std::vector<Json> json_lines(const std::string& text);

}  // namespace yoke::testing
