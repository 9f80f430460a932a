#include "tools/script_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

#include "runtime/base/text.h"
#include "tools/lint/lexer.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// "lib.units", "lib.geo.area": parts that can be file names and nothing more.
bool is_library_name(std::string_view name) {
  if (!name.starts_with("lib.") || name.size() > 120) return false;
  for (const std::string& part : split(name.substr(4), '.')) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), is_name_char)) return false;
  }
  return true;
}

std::string library_path(std::string_view name) {
  std::string path(name);
  std::replace(path.begin(), path.end(), '.', '/');
  return path + ".lua";
}

Result<std::string> read_file(const fs::path& path, const std::string& shown,
                              std::size_t bytes_max) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || !fs::is_regular_file(path, error)) {
    return Error{Errc::not_found, "there is no such Lua file", shown};
  }
  if (size > bytes_max) {
    return Error{Errc::too_large,
                 "the file has " + std::to_string(size) + " bytes, at most " +
                     std::to_string(bytes_max) + " are read",
                 shown};
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(size, '\0');
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (!file) return Error{Errc::unavailable, "the file cannot be read", shown};
  return text;
}

// Gathers libraries, nearest first, until nothing new is asked for.
class Gathering {
 public:
  Gathering(const fs::path& project, std::string folder, const ScriptFileLimits& limits)
      : project_(project), folder_(std::move(folder)), limits_(limits) {}

  Result<void> need(const std::string& file, std::string_view text) {
    for (const Requirement& wanted : find_requirements(text)) {
      if (found_.contains(wanted.name)) continue;
      if (Result<void> read = take(file, wanted); !read) return read;
    }
    return {};
  }

  std::vector<std::pair<std::string, std::string>> libraries() const {
    return {found_.begin(), found_.end()};
  }

 private:
  Result<void> take(const std::string& file, const Requirement& wanted) {
    const std::string place = file + ":" + std::to_string(wanted.line);
    const std::string path = (fs::path(folder_) / library_path(wanted.name)).generic_string();
    Result<std::string> text = read_file(project_ / path, path, limits_.file_bytes_max);
    if (!text && text.error().code == Errc::not_found) {
      return Error{Errc::not_found, "there is no library '" + wanted.name + "' (" + path + ")",
                   place};
    }
    if (!text) return text.error();
    bytes_ += text->size();
    if (found_.size() >= limits_.libs_max || bytes_ > limits_.libs_bytes_max) {
      return Error{Errc::too_large,
                   "the script needs more than " + std::to_string(limits_.libs_max) +
                       " libraries, or more than " + std::to_string(limits_.libs_bytes_max) +
                       " bytes of them",
                   place};
    }
    const auto added = found_.emplace(wanted.name, std::move(*text)).first;
    return need(path, added->second);
  }

  const fs::path& project_;
  const std::string folder_;  // below it
  const ScriptFileLimits& limits_;
  std::map<std::string, std::string> found_;
  std::size_t bytes_ = 0;
};

// How messages name the file: relative to the project where it lies there.
std::string shown_path(const fs::path& project, const fs::path& path) {
  const std::string relative = path.lexically_normal().lexically_relative(project).generic_string();
  if (relative.empty() || relative.starts_with("..")) return path.generic_string();
  return relative;
}

}  // namespace

std::vector<Requirement> find_requirements(std::string_view text) {
  using Kind = lint::Token::Kind;
  std::map<std::string, int> found;
  lint::Lexer lexer(text);
  lint::Token before;
  for (lint::Token token = lexer.next(); token.kind != Kind::end;) {
    const bool member = before.is(Kind::symbol, ".") || before.is(Kind::symbol, ":");
    const bool asks = token.is(Kind::name, "require") && !member;
    before = std::move(token);
    token = lexer.next();
    if (!asks) continue;
    if (token.is(Kind::symbol, "(")) token = lexer.next();
    if (token.kind == Kind::text && is_library_name(token.value)) {
      found.emplace(token.value, token.line);
    }
  }
  std::vector<Requirement> all;
  for (const auto& [name, line] : found) all.push_back(Requirement{name, line});
  return all;
}

Result<ScriptSource> read_script(const std::string& project, const std::string& path,
                                 const ScriptFileLimits& limits,
                                 const std::string& library_folder) {
  const fs::path root = fs::path(project).lexically_normal();
  const fs::path full = root / path;  // an absolute path stands for itself
  ScriptSource source;
  source.name = shown_path(root, full);
  Result<std::string> text = read_file(full, source.name, limits.file_bytes_max);
  if (!text) return text.error();
  source.text = std::move(*text);
  Gathering gathering(root, library_folder, limits);
  if (Result<void> read = gathering.need(source.name, source.text); !read) return read.error();
  source.libs = gathering.libraries();
  return source;
}

std::string library_folder_of(const std::string& project, const std::string& path) {
  const fs::path root = fs::path(project).lexically_normal();
  return shown_path(root, (root / path).lexically_normal().parent_path());
}

Result<std::vector<std::string>> list_scripts(const std::string& project, const std::string& path,
                                              const ScriptFileLimits& limits) {
  const fs::path root = fs::path(project).lexically_normal();
  const fs::path full = root / path;
  std::error_code error;
  std::vector<std::string> files;
  if (fs::is_regular_file(full, error)) return std::vector<std::string>{shown_path(root, full)};
  for (fs::directory_iterator item(full, error), end; !error && item != end;
       item.increment(error)) {
    const std::string name = item->path().filename().string();
    if (!name.ends_with(".lua") || name.ends_with("_test.lua") || name.starts_with(".")) continue;
    files.push_back(shown_path(root, item->path()));
    if (files.size() <= limits.files_max) continue;
    return Error{Errc::too_large,
                 "the folder holds more than " + std::to_string(limits.files_max) + " scripts",
                 path};
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error{Errc::unavailable, "the folder cannot be read: " + error.message(), path};
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace yoke
