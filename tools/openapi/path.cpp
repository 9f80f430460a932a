#include "tools/openapi/path.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "tools/openapi/pointer.h"

namespace yoke::openapi {
namespace {

Error bad_path(std::string_view path, std::string_view why) {
  return Error{Errc::invalid,
               "'" + shorten(printable(path), 200) + "' is no usable path: " + std::string(why)};
}

bool stands_in_path(char c) {
  constexpr std::string_view kOthers = "/:@!$&'()*+,;=%";
  return is_unreserved(c) || kOthers.find(c) != std::string_view::npos;
}

}  // namespace

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool has_dot_segment(std::string_view path) {
  for (const std::string& segment : split(path.substr(0, path.find_first_of("?#")), '/')) {
    const Result<std::string> plain = percent_decoded(segment);
    const std::string& text = plain ? *plain : segment;
    if (text == "." || text == "..") return true;
    // What decodes to a slash may be taken as one.
    const bool hides = text.find("../") != std::string::npos ||
                       text.find("/..") != std::string::npos ||
                       text.find("..\\") != std::string::npos;
    if (hides) return true;
  }
  return false;
}

Result<std::vector<std::string>> names_in_path(std::string_view path) {
  if (!path.starts_with('/')) return bad_path(path, "begin it with '/'");
  if (path.find("${{") != std::string_view::npos) {
    return bad_path(path, "it has a placeholder '${{…}}' that nobody filled in");
  }
  std::vector<std::string> names;
  std::string shape;  // the path with 'x' for each parameter
  for (std::size_t at = 0; at < path.size(); ++at) {
    const char c = path[at];
    if (c == '}') return bad_path(path, "it has a '}' without its '{'");
    if (c == '{') {
      const std::size_t close = path.find('}', at);
      if (close == std::string_view::npos) return bad_path(path, "it has a '{' without its '}'");
      const std::string_view name = path.substr(at + 1, close - at - 1);
      if (name.empty() || name.find('{') != std::string_view::npos) {
        return bad_path(path, "it has a parameter without a name");
      }
      names.emplace_back(name);
      shape += 'x';
      at = close;
      continue;
    }
    if (c == '?' || c == '#') return bad_path(path, "a query belongs into the parameters");
    // What is no character of a path is encoded when a request is made; these would change it.
    if (c == '\\' || static_cast<unsigned char>(c) < 0x21) {
      return bad_path(path, "it has a space, a backslash or a control character");
    }
    shape += stands_in_path(c) ? c : 'x';
  }
  if (has_dot_segment(shape)) return bad_path(path, "it has '..' or '.' as a segment");
  if (shape.starts_with("//")) return bad_path(path, "it begins with '//'");
  return names;
}

}  // namespace yoke::openapi
