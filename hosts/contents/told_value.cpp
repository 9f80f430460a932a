#include "hosts/contents/told_value.h"

#include <algorithm>
#include <array>
#include <optional>

#include "hosts/contents/media_types.h"
#include "runtime/base/base64.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kBase64Mark = ";base64,";
constexpr std::size_t kTypeBytesMax = 120;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t padding_of(std::string_view text) {
  return text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
}

bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  const std::string_view digits = text.substr(0, text.size() - padding_of(text));
  return std::all_of(digits.begin(), digits.end(), [](char c) {
    return is_upper(c) || is_lower(c) || is_digit(c) || c == '+' || c == '/';
  });
}

// Of long texts without a space, those that somebody wrote lack one of these.
bool looks_encoded(std::string_view text) {
  return text.size() >= kBareBase64Least && is_base64(text) &&
         std::any_of(text.begin(), text.end(), is_upper) &&
         std::any_of(text.begin(), text.end(), is_lower) &&
         std::any_of(text.begin(), text.end(), is_digit);
}

FoundContent content_of(std::string_view base64, std::string_view media_type) {
  FoundContent content;
  content.base64 = base64;
  content.bytes = base64.size() / 4 * 3 - padding_of(base64);
  content.media_type = shorten(printable(media_type), kTypeBytesMax);
  if (content.media_type.empty()) {
    const std::optional<std::string> head = from_base64(base64.substr(0, 16));
    if (head) content.media_type = media_type_of_bytes(*head);
  }
  if (content.media_type.empty()) content.media_type = "binary";
  return content;
}

std::optional<FoundContent> content_in_text(const std::string& text) {
  if (looks_encoded(text)) return content_of(text, {});
  if (!text.starts_with("data:")) return std::nullopt;
  const std::string_view all = text;
  const std::size_t mark = all.substr(0, kTypeBytesMax).find(kBase64Mark);
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string_view base64 = all.substr(mark + kBase64Mark.size());
  if (!is_base64(base64)) return std::nullopt;
  return content_of(base64, all.substr(5, mark - 5));
}

std::string type_said(const Json& object) {
  for (const char* name : {"mimeType", "mime_type", "media_type", "content_type", "contentType"}) {
    std::string type = string_at(object, name);
    if (!type.empty()) return type;
  }
  return {};
}

// Whether a member of this name holds base64 wherever an object says what it is of.
bool holds_base64(const std::string& name, const std::string& type) {
  if (name == "blob" || name == "base64") return true;
  return name == "data" && !type.empty() && !type.starts_with("text/") &&
         !type.starts_with("application/json");
}

class Teller {
 public:
  Json tell(const Json& value) {
    if (value.is_object()) return tell_object(value);
    if (value.is_array()) {
      Json out = Json::array();
      for (const Json& each : value) out.push_back(tell(each));
      return out;
    }
    if (!value.is_string()) return value;
    std::optional<FoundContent> content = content_in_text(value.get_ref<const std::string&>());
    return content ? put(std::move(*content)) : value;
  }

  std::vector<FoundContent> take() { return std::move(contents_); }

 private:
  Json tell_object(const Json& object) {
    const std::string type = type_said(object);
    Json out = Json::object();
    for (const auto& [name, value] : object.items()) {
      const bool is_content = value.is_string() && holds_base64(name, type) &&
                              is_base64(value.get_ref<const std::string&>());
      out[name] =
          is_content ? put(content_of(value.get_ref<const std::string&>(), type)) : tell(value);
    }
    return out;
  }

  Json put(FoundContent content) {
    Json words = "[" + content_words(content) + "]";
    contents_.push_back(std::move(content));
    return words;
  }

  std::vector<FoundContent> contents_;
};

// Most values hold none, and need not be copied piece by piece to know.
bool may_hold_any(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.size() >= kBareBase64Least || text.starts_with("data:");
  }
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      const bool is_named = name == "data" || name == "blob" || name == "base64";
      if ((is_named && member.is_string()) || may_hold_any(member)) return true;
    }
    return false;
  }
  return value.is_array() && std::any_of(value.begin(), value.end(), may_hold_any);
}

}  // namespace

std::string content_words(const FoundContent& content) {
  return content.media_type + ", " + size_words(content.bytes);
}

ToldValue told_value(const Json& value) {
  if (!may_hold_any(value)) return ToldValue{value};
  Teller teller;
  ToldValue told;
  told.read = teller.tell(value);
  told.contents = teller.take();
  return told;
}

}  // namespace yoke
