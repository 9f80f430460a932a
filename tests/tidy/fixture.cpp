#include "tests/tidy/fixture.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace yoke::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStart = "//// ";
constexpr std::string_view kExpect = "// expect: ";

// What is built or fetched, not written; and the fixtures, which are wrong on purpose.
bool is_skipped(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name == "fixtures") return path.parent_path().filename() == "tidy";
  return name == ".git" || name == "build" || name == "node_modules" || name == ".cache" ||
         name == ".yoke";
}

bool is_read(const fs::path& path) {
  static constexpr std::array<std::string_view, 11> kEndings = {
      ".cpp", ".h", ".md", ".txt", ".lua", ".json", ".cmake", ".toml", ".sh", ".js", ".yaml"};
  const std::string ending = path.extension().string();
  if (ending.empty()) return true;  // the commands in dev/
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

Example example_of(std::string path, const std::string& text) {
  Example example;
  int number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    const std::size_t at = line.find(kExpect);
    if (at == std::string::npos) continue;
    example.expected.push_back(std::to_string(number) + ": " + line.substr(at + kExpect.size()));
  }
  example.source = cut_source(std::move(path), text);
  return example;
}

}  // namespace

std::vector<Example> examples_of(std::string_view fixture) {
  std::vector<Example> examples;
  std::string path;
  std::string text;
  for (const std::string& line : lines_of(fixture)) {
    if (!line.starts_with(kStart)) {
      text += line + "\n";
      continue;
    }
    if (!path.empty()) examples.push_back(example_of(path, text));
    path = line.substr(kStart.size());
    text.clear();
  }
  if (!path.empty()) examples.push_back(example_of(path, text));
  return examples;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

namespace {

std::vector<Source> read_tree_once(const std::string& root) {
  constexpr std::uintmax_t kBytesMax = 1u << 20;  // more is data, not text of ours
  std::vector<Source> tree;
  fs::recursive_directory_iterator walk(root);
  for (; walk != fs::recursive_directory_iterator(); ++walk) {
    const fs::path& path = walk->path();
    if (is_skipped(path)) {
      walk.disable_recursion_pending();
    } else if (walk->is_regular_file() && is_read(path) && walk->file_size() <= kBytesMax) {
      tree.push_back(
          cut_source(fs::relative(path, root).generic_string(), read_text(path.string())));
    }
  }
  std::sort(tree.begin(), tree.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return tree;
}

}  // namespace

std::vector<Source> read_tree(const std::string& root) {
  for (int tries_left = 3;; --tries_left) {
    try {
      return read_tree_once(root);
    } catch (const std::exception&) {
      if (tries_left == 1) throw;  // else an editor's or a test's file has just gone: look again
    }
  }
}

}  // namespace yoke::tidy
