#include "tools/broker/paths.h"

#include <algorithm>
#include <array>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kPartBytesMax = 255;

Error bad_path(std::string_view text, std::string_view why) {
  return Error{Errc::invalid, "the path '" + shorten(printable(to_valid_utf8(text)), 80) + "' " +
                                  std::string(why)};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Result<std::string> normal_path(std::string_view text) {
  if (text.empty()) return Error{Errc::invalid, "the path is empty ('.' is the project folder)"};
  if (text.size() > kPathBytesMax) {
    return bad_path(text, "is longer than " + std::to_string(kPathBytesMax) + " bytes");
  }
  if (text.find('\0') != std::string_view::npos) return bad_path(text, "holds a NUL");
  if (has_control(text)) return bad_path(text, "holds a control character");
  if (text.front() == '/') {
    return bad_path(text, "is absolute: paths are relative to the project folder");
  }
  std::vector<std::string> parts;
  for (std::string& part : split(text, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return bad_path(text, "holds '..': paths stay below the project folder");
    if (part.size() > kPartBytesMax) return bad_path(text, "has a name of more than 255 bytes");
    parts.push_back(std::move(part));
  }
  if (parts.empty()) return std::string(".");
  return join(parts, "/");
}

bool lies_below(std::string_view path, std::string_view folder) {
  if (folder == "." || path == folder) return true;
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

bool is_host_owned(std::string_view path) {
  const std::vector<std::string> parts = split(to_lower(path), '/');
  for (const std::string& part : parts) {
    if (part == ".git" || part == ".yoke" || part.starts_with(".env")) return true;
  }
  return parts.front() == "yoke.toml" || parts.front() == "yoke.lock" ||
         parts.front() == ".mcp.json";
}

bool is_script_folder(std::string_view path) {
  static constexpr std::array<std::string_view, 7> kFolders = {
      "tools", "agents", "workflows", "models", "lib", "skills", "plugins"};
  const std::string first = to_lower(path.substr(0, path.find('/')));
  return std::find(kFolders.begin(), kFolders.end(), first) != kFolders.end();
}

}  // namespace yoke
