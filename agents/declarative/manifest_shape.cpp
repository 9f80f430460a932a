#include "agents/declarative/manifest_shape.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/text.h"

namespace yoke {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_color(std::string_view text) {
  return text.size() == 7 && text.front() == '#' &&
         std::all_of(text.begin() + 1, text.end(), is_hex);
}

bool is_inner_path(std::string_view text) {
  if (text.empty() || text.front() == '/' || text.find(':') != std::string_view::npos) return false;
  const std::vector<std::string> parts = split(text, '/');
  return std::find(parts.begin(), parts.end(), "..") == parts.end();
}

bool is_url(std::string_view text, bool plain_too) {
  return text.starts_with("https://") || (plain_too && text.starts_with("http://"));
}

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string quoted_values(std::string_view values) {
  std::string out;
  for (const std::string& each : split(values, '|')) {
    out += (out.empty() ? "\"" : ", \"") + each + "\"";
  }
  return out;
}

// Holds one manifest against one shape.
class ShapeCheck {
 public:
  ShapeCheck(Shape shape, int minor, AgentFindings& findings)
      : shape_(shape), minor_(minor), findings_(findings) {}

  void object(std::string_view kind, const Json& value, const std::string& pointer) {
    if (!value.is_object()) {
      put(AgentFinding::Verdict::error, pointer, "must be an object");
      return;
    }
    std::vector<std::string> known;
    for (const ShapeMember& member : shape_) {
      if (member.object != kind) continue;
      known.emplace_back(member.name);
      check_member(member, value, pointer);
    }
    for (const auto& [name, inner] : value.items()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      put(AgentFinding::Verdict::not_honoured, pointer_to(pointer, name),
          "there is no such member here" + did_you_mean(name, known));
    }
  }

 private:
  void put(AgentFinding::Verdict verdict, const std::string& pointer, std::string text) {
    findings_.push_back(AgentFinding{verdict, pointer, std::move(text), true});
  }
  void tell(const std::string& pointer, std::string text) {
    put(AgentFinding::Verdict::differently, pointer, std::move(text) + "; used all the same");
  }

  void check_member(const ShapeMember& member, const Json& object, const std::string& pointer) {
    const Json& value = member_at(object, member.name);
    const std::string where = pointer_to(pointer, member.name);
    if (value.is_null()) {
      if (member.required) put(AgentFinding::Verdict::error, where, "is missing");
      return;
    }
    if (member.since > minor_) {
      tell(where, "there is no such member before version 1." + std::to_string(member.since) +
                      " (this is 1." + std::to_string(minor_) + ")");
    }
    check_value(member, value, where);
  }

  void check_value(const ShapeMember& member, const Json& value, const std::string& where) {
    const std::string_view kind = member.kind;
    if (kind == "any") return;
    if (kind == "flag" || kind == "number") {
      const bool fits = kind == "flag" ? value.is_boolean() : value.is_number();
      const char* wanted = kind == "flag" ? "must be true or false" : "must be a number";
      if (!fits) put(AgentFinding::Verdict::error, where, wanted);
    } else if (kind.starts_with("object:")) {
      object(kind.substr(7), value, where);
    } else if (kind.starts_with("list") || kind == "texts") {
      check_list(member, value, where);
    } else {
      check_text(member, value, where);
    }
  }

  void check_list(const ShapeMember& member, const Json& value, const std::string& where) {
    if (!value.is_array()) {
      put(AgentFinding::Verdict::error, where, "must be a list");
      return;
    }
    check_count(member, value.size(), where, "items");
    if (member.kind == "list") return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string inner = where + "/" + std::to_string(i);
      if (member.kind != "texts") {
        object(member.kind.substr(5), value[i], inner);
      } else if (!value[i].is_string()) {
        put(AgentFinding::Verdict::error, inner, "must be a text");
      } else {
        check_values(member, value[i].get<std::string>(), inner);
      }
    }
  }

  void check_text(const ShapeMember& member, const Json& value, const std::string& where) {
    if (!value.is_string()) {
      put(AgentFinding::Verdict::error, where, "must be a text");
      return;
    }
    const auto& text = value.get_ref<const std::string&>();
    if (text.find("${{") != std::string::npos) return;
    check_count(member, characters_of(text), where, "characters");
    if (member.least > 0 && trim(text).empty()) {
      tell(where, "must not be blank");
      return;
    }
    check_values(member, text, where);
    if (const char* wanted = misfit(member.kind, text); wanted != nullptr) tell(where, wanted);
  }

  static const char* misfit(std::string_view kind, std::string_view text) {
    if (kind == "url" && !is_url(text, true)) return "must be a web address";
    if (kind == "https" && !is_url(text, false)) return "must be an address with https://";
    if (kind == "guid" && !is_guid(text)) {
      return "must be a GUID, such as 1f0e9d8c-0000-4000-8000-000000000000";
    }
    if (kind == "color" && !is_color(text)) return "must be a colour such as #4464EE";
    if (kind == "path" && !is_inner_path(text)) return "must be a path inside the package";
    return nullptr;
  }

  void check_count(const ShapeMember& member, std::size_t count, const std::string& where,
                   const char* unit) {
    const bool few = count < static_cast<std::size_t>(member.least);
    const bool many = member.most > 0 && count > static_cast<std::size_t>(member.most);
    if (!few && !many) return;
    const std::string bound =
        few ? "at least " + std::to_string(member.least) : "at most " + std::to_string(member.most);
    tell(where, "has " + std::to_string(count) + " " + unit + "; there may be " + bound);
  }

  void check_values(const ShapeMember& member, const std::string& text, const std::string& where) {
    if (member.values.empty()) return;
    const std::vector<std::string> values = split(member.values, '|');
    if (std::find(values.begin(), values.end(), text) != values.end()) return;
    put(AgentFinding::Verdict::not_honoured, where,
        "\"" + shorten(printable(text), 60) + "\" is none of " + quoted_values(member.values));
  }

  const Shape shape_;
  const int minor_;
  AgentFindings& findings_;
};

}  // namespace

void check_shape(Shape shape, std::string_view kind, const Json& value, const std::string& pointer,
                 int minor, AgentFindings& findings) {
  ShapeCheck(shape, minor, findings).object(kind, value, pointer);
}

std::string pointer_to(const std::string& pointer, std::string_view name) {
  std::string out = pointer + "/";
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

int minor_version(std::string_view text, int major) {
  if (text.starts_with("v")) text.remove_prefix(1);
  const std::string prefix = std::to_string(major) + ".";
  if (!text.starts_with(prefix)) return -1;
  text.remove_prefix(prefix.size());
  int minor = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), minor);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && minor >= 0 ? minor : -1;
}

}  // namespace yoke
