#include "hosts/packages/toml_sections.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <vector>

#include "runtime/base/text.h"

namespace yoke {
namespace {

Result<toml::table> parsed_toml(const std::string& text) {
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return Error{Errc::invalid, std::string(parsed.error().description()),
                 "yoke.toml:" + std::to_string(parsed.error().source().begin.line)};
  }
  return std::move(parsed).table();
}

// The table's name in a line "[a.b]", without spaces and quotes; empty: it is no such line.
std::string header_in(std::string_view line) {
  std::string_view text = trim(line);
  if (text.size() < 3 || text.front() != '[') return {};
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return {};
  std::string out;
  for (const char c : text.substr(1, end - 1)) {
    if (c != ' ' && c != '\t' && c != '"' && c != '\'' && c != '[') out += c;
  }
  return out;
}

bool is_within(const std::string& header, const std::string& path) {
  return header == path || header.starts_with(path + ".");
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

bool has_node(const toml::table& table, const std::string& path) {
  return static_cast<bool>(table.at_path(path));
}

// Takes out what stands at the path, and tables above it that are empty then.
void erase_node(toml::table& table, const std::string& path) {
  const std::size_t dot = path.find('.');
  const std::string first = path.substr(0, dot);
  toml::table* inner = table.get_as<toml::table>(first);
  if (dot == std::string::npos || inner == nullptr) {
    table.erase(first);
    return;
  }
  erase_node(*inner, path.substr(dot + 1));
  if (inner->empty()) table.erase(first);
}

}  // namespace

std::string toml_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      static constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Result<std::string> with_toml_section(const std::string& text, const std::string& path,
                                      const std::string& body) {
  const Result<toml::table> before = parsed_toml(text);
  if (!before) return before.error();
  if (has_node(*before, path)) {
    return Error{Errc::conflict, "yoke.toml has [" + path + "] already"};
  }
  std::string out = text;
  if (!out.empty() && out.back() != '\n') out += '\n';
  if (!out.empty()) out += '\n';
  out += "[" + path + "]\n" + body;
  if (out.back() != '\n') out += '\n';
  const Result<toml::table> after = parsed_toml(out);
  if (!after || !has_node(*after, path)) {
    return Error{Errc::invalid, "[" + path +
                                    "] cannot be added to this yoke.toml: write it by "
                                    "hand:\n[" +
                                    path + "]\n" + body};
  }
  return out;
}

Result<std::string> without_toml_section(const std::string& text, const std::string& path) {
  Result<toml::table> before = parsed_toml(text);
  if (!before) return before.error();
  if (!has_node(*before, path)) {
    return Error{Errc::not_found, "yoke.toml has no [" + path + "]"};
  }
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::vector<std::string> kept;
  std::vector<std::string> cut;  // since the last header that goes
  bool inside = false;
  for (const std::string& line : lines) {
    const std::string header = header_in(line);
    if (!header.empty()) {
      const bool goes = is_within(header, path);
      if (inside && !goes) {
        // Comments right above the next section are its own.
        std::size_t own = cut.size();
        while (own > 0 && trim(cut[own - 1]).starts_with("#")) --own;
        kept.insert(kept.end(), cut.begin() + static_cast<std::ptrdiff_t>(own), cut.end());
      }
      if (goes && !inside) {
        while (!kept.empty() && trim(kept.back()).empty()) kept.pop_back();
        kept.emplace_back();
      }
      inside = goes;
      cut.clear();
    }
    (inside ? cut : kept).push_back(line);
  }
  while (!kept.empty() && trim(kept.back()).empty()) kept.pop_back();
  std::string out = joined_lines(kept);
  Result<toml::table> after = parsed_toml(out);
  erase_node(*before, path);
  if (after) erase_node(*after, path + ".none");  // an empty table above it
  if (!after || !(*after == *before)) {
    return Error{Errc::unsupported,
                 "[" + path + "] of yoke.toml is not written as a section: take it out by hand"};
  }
  return out;
}

}  // namespace yoke
