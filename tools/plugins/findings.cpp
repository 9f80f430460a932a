#include "tools/plugins/findings.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

using Found = PluginFinding::Verdict;

const Json& no_value() {
  static const Json kNone;
  return kNone;
}

std::string escaped_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string quoted_key(std::string_view key) { return "'" + shorten(printable(key), 60) + "'"; }

}  // namespace

std::string_view name_of(PluginFinding::Verdict verdict) {
  switch (verdict) {
    case Found::honoured:
      return "honoured";
    case Found::differently:
      return "differently";
    case Found::not_honoured:
      return "not";
    case Found::error:
      return "error";
  }
  return "error";
}

std::string to_line(const PluginFinding& finding) {
  std::string line = finding.file;
  if (!finding.pointer.empty()) line += "#" + finding.pointer;
  line += line.empty() ? "" : ": ";
  line += std::string(name_of(finding.verdict)) + ": " + finding.text;
  return printable(line);
}

Json to_json(const PluginFinding& finding) {
  return {{"file", finding.file},
          {"pointer", finding.pointer},
          {"verdict", name_of(finding.verdict)},
          {"text", finding.text},
          {"forbidden", finding.forbidden}};
}

bool has_errors(const PluginFindings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const PluginFinding& finding) { return finding.verdict == Found::error; });
}

bool breaks_schema(const PluginFindings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const PluginFinding& finding) { return finding.forbidden; });
}

bool ManifestNode::has(std::string_view key) const { return !member_at(value_, key).is_null(); }

ManifestNode ManifestNode::at(std::string_view key) const {
  return ManifestNode(member_at(value_, key), file_, findings_, pointer_ + escaped_step(key));
}

std::vector<ManifestNode> ManifestNode::items() const {
  std::vector<ManifestNode> nodes;
  if (!value_.is_array()) return nodes;
  for (std::size_t i = 0; i < value_.size(); ++i) {
    nodes.emplace_back(value_[i], file_, findings_, pointer_ + "/" + std::to_string(i));
  }
  return nodes;
}

std::string ManifestNode::text(std::string_view key) const { return text(key, TextRule{}); }

std::string ManifestNode::text(std::string_view key, TextRule rule) const {
  const ManifestNode member = at(key);
  if (member.value().is_null()) {
    if (rule.required) forbidden(quoted_key(key) + " is missing");
    return {};
  }
  if (!member.value().is_string()) {
    member.error("is no text");
    return {};
  }
  std::string words = member.value().get<std::string>();
  if (rule.characters_max > 0 && characters_of(words) > rule.characters_max) {
    member.forbidden("has " + std::to_string(characters_of(words)) + " characters, at most " +
                     std::to_string(rule.characters_max) + " are allowed; it is used whole");
  }
  return words;
}

bool ManifestNode::flag(std::string_view key) const {
  const ManifestNode member = at(key);
  if (member.value().is_null()) return false;
  if (member.value().is_boolean()) return member.value().get<bool>();
  member.error("is neither true nor false");
  return false;
}

std::vector<std::string> ManifestNode::texts(std::string_view key) const {
  std::vector<std::string> all;
  for (const ManifestNode& item : array(key).items()) {
    if (item.value().is_string()) {
      all.push_back(item.value().get<std::string>());
    } else {
      item.error("is no text");
    }
  }
  return all;
}

ManifestNode ManifestNode::object(std::string_view key) const {
  ManifestNode member = at(key);
  if (member.value().is_object() || member.value().is_null()) return member;
  member.error("is no object");
  return ManifestNode(no_value(), file_, findings_, member.pointer_);
}

ManifestNode ManifestNode::array(std::string_view key) const {
  ManifestNode member = at(key);
  if (member.value().is_array() || member.value().is_null()) return member;
  member.error("is no list");
  return ManifestNode(no_value(), file_, findings_, member.pointer_);
}

void ManifestNode::only(std::initializer_list<std::string_view> known) const {
  if (!value_.is_object()) return;
  std::vector<std::string> names;
  for (std::string_view name : known) names.emplace_back(name);
  for (const auto& [key, value] : value_.items()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    const bool set_aside = key.starts_with("x-") || key.starts_with("X-");
    at(key).put(Found::not_honoured,
                set_aside
                    ? "the format has no properties with 'x-'; it has no effect"
                    : "there is no such property" + did_you_mean(key, names) + "; it has no effect",
                true);
  }
}

void ManifestNode::honoured(std::string text) const {
  put(Found::honoured, std::move(text), false);
}
void ManifestNode::differently(std::string text) const {
  put(Found::differently, std::move(text), false);
}
void ManifestNode::not_honoured(std::string text) const {
  put(Found::not_honoured, std::move(text), false);
}
void ManifestNode::error(std::string text) const { put(Found::error, std::move(text), true); }
void ManifestNode::forbidden(std::string text) const {
  put(Found::differently, std::move(text), true);
}

void ManifestNode::put(PluginFinding::Verdict verdict, std::string text, bool forbidden) const {
  findings_.push_back(PluginFinding{verdict, file_, pointer_, std::move(text), forbidden});
}

}  // namespace yoke
