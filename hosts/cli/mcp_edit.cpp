#include "hosts/cli/mcp_edit.h"

#include "runtime/base/text.h"

namespace yoke {
namespace {

std::string toml_text(const std::string& value) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

bool is_header(std::string_view line) { return trim(line).starts_with('['); }

// "[mcp.NAME]", "[mcp.NAME.env]".
bool is_header_of(std::string_view raw, const std::string& name) {
  const std::string_view line = trim(raw);
  const std::string start = "[mcp." + name;
  if (!line.starts_with(start) || line.size() == start.size()) return false;
  return line[start.size()] == ']' || line[start.size()] == '.';
}

bool is_loose(std::string_view raw) {
  const std::string_view line = trim(raw);
  return line.empty() || line.starts_with('#');
}

}  // namespace

std::string with_mcp_section(const std::string& text, const std::string& name,
                             const std::vector<std::string>& command, const std::string& url) {
  std::string out = text;
  if (!out.empty() && !out.ends_with('\n')) out += "\n";
  out += "\n[mcp." + name + "]\n";
  if (!url.empty()) return out + "url = " + toml_text(url) + "\n";
  std::vector<std::string> words;
  for (const std::string& word : command) words.push_back(toml_text(word));
  return out + "command = [" + join(words, ", ") + "]\n";
}

Result<std::string> without_mcp_section(const std::string& text, const std::string& name) {
  std::vector<std::string> kept;
  std::vector<std::string> held;  // what may belong to the section that follows
  bool inside = false;
  bool found = false;
  for (const std::string& line : split(text, '\n')) {
    if (is_header(line)) {
      inside = is_header_of(line, name);
      found = found || inside;
      if (!inside) kept.insert(kept.end(), held.begin(), held.end());
      held.clear();
    }
    if (!inside) {
      kept.push_back(line);
    } else if (is_loose(line)) {
      held.push_back(line);
    } else {
      held.clear();
    }
  }
  if (!found) {
    return Error{Errc::not_found, "there is no section [mcp." + name + "] to take out"};
  }
  while (kept.size() > 1 && trim(kept.back()).empty()) kept.pop_back();
  return join(kept, "\n") + "\n";
}

}  // namespace yoke
