#include "tools/broker/secrets.h"

#include <algorithm>
#include <span>

#include "runtime/base/ascii.h"
#include "runtime/base/hash.h"

namespace yoke {
namespace {

// Below this many characters an escaped form is so short that cutting it would destroy honest text.
constexpr std::size_t kFormBytesMin = 6;

constexpr std::string_view kCommon =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kForAddresses =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t word = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 3; ++i) {
      word = word << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    }
    for (std::size_t i = 0; i <= count; ++i) out += alphabet[word >> (18 - 6 * i) & 63];
  }
  return out;
}

// The characters of base64 that depend on `value` alone when `before` bytes stand in front of it
// (modulo three) and anything behind it: "user:SECRET" is recognised too.
std::string base64_core(std::string_view value, std::size_t before, std::string_view alphabet) {
  const std::string text = base64(std::string(before, '\0') + std::string(value), alphabet);
  const std::size_t head = before == 0 ? 0 : before + 1;  // characters that mix with the front
  const std::size_t tail = (before + value.size()) % 3 == 0 ? 0 : 1;  // … and with what follows
  return text.size() > head + tail ? text.substr(head, text.size() - head - tail) : std::string();
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

std::string percent(std::string_view value, std::string_view digits, bool plus_for_space) {
  std::string out;
  for (char c : value) {
    if (is_unreserved(c)) {
      out += c;
    } else if (c == ' ' && plus_for_space) {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string hexadecimal(std::string_view value) {
  return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(value.data()), value.size()));
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

}  // namespace

std::string base64_of(std::string_view bytes) {
  std::string text = base64(bytes, kCommon);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

void SecretCutter::add_form(std::string_view name, std::string text) {
  if (text.empty()) return;
  for (const Form& form : forms_) {
    if (form.text == text) return;
  }
  forms_.push_back(Form{std::move(text), std::string(name)});
}

void SecretCutter::add(std::string_view name, std::string_view value) {
  add_form(name, std::string(value));
  std::vector<std::string> escaped;
  for (std::size_t before = 0; before < 3; ++before) {
    escaped.push_back(base64_core(value, before, kCommon));
    escaped.push_back(base64_core(value, before, kForAddresses));
  }
  for (const bool plus : {false, true}) {
    escaped.push_back(percent(value, "0123456789ABCDEF", plus));
    escaped.push_back(percent(value, "0123456789abcdef", plus));
  }
  escaped.push_back(hexadecimal(value));
  escaped.push_back(to_upper(hexadecimal(value)));
  const std::string quoted = to_text(Json(std::string(value)));
  escaped.push_back(quoted.substr(1, quoted.size() - 2));
  for (std::string& form : escaped) {
    if (form.size() >= kFormBytesMin) add_form(name, std::move(form));
  }
  std::stable_sort(forms_.begin(), forms_.end(),
                   [](const Form& a, const Form& b) { return a.text.size() > b.text.size(); });
}

std::string SecretCutter::cut(std::string text) const {
  for (const Form& form : forms_) replace_all(text, form.text, "[secret " + form.name + "]");
  return text;
}

Json SecretCutter::cut_json(Json value) const {
  if (forms_.empty()) return value;
  if (value.is_string()) return cut(value.get<std::string>());
  if (value.is_array()) {
    for (Json& item : value) item = cut_json(std::move(item));
    return value;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (auto& [key, item] : value.items()) object[cut(std::string(key))] = cut_json(std::move(item));
  return object;
}

}  // namespace yoke
