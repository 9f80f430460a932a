#include "tests/support/temp_project.h"

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "runtime/base/text.h"

namespace yoke::testing {

namespace fs = std::filesystem;

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "yoke-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder " + name);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TempFolder::write(const std::string& name, const std::string& text) const {
  const fs::path target = path_ / name;
  fs::create_directories(target.parent_path());
  std::ofstream out(target, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + target.string());
}

std::string TempFolder::read(const std::string& name) const {
  std::ifstream in(path_ / name, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

ProcessOptions TempProject::options(const Args& args) const {
  ProcessOptions options;
  options.args = args;
  options.dir = path();
  return options;
}

Ended TempProject::yoke(const ProcessOptions& options) const {
  Process process(program_, options);
  return process.wait();
}

Ended TempProject::yoke(const Args& args) const { return yoke(options(args)); }

std::vector<Json> TempProject::events(const std::string& run_id) const {
  const Ended ended = yoke(Args{"runs", "events", run_id, "--json"});
  if (ended.status != 0) throw std::runtime_error("no journal of " + run_id + ": " + ended.err);
  return json_lines(ended.out);
}

std::string TempProject::newest_run() const {
  const Ended ended = yoke(Args{"runs", "list", "--limit", "1", "--json"});
  const std::vector<Json> rows = json_lines(ended.out);
  return rows.empty() ? std::string() : string_at(rows.front(), "run");
}

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> out;
  for (const std::string& line : split(text, '\n')) {
    if (line.empty()) continue;
    Result<Json> value = parse_json(line);
    if (!value) throw std::runtime_error("no JSON: " + line);
    out.push_back(std::move(*value));
  }
  return out;
}

}  // namespace yoke::testing
