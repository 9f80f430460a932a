#include "tools/openapi/encode.h"

#include "runtime/base/text.h"
#include "tools/openapi/path.h"

namespace yoke::openapi {
namespace {

constexpr int kDeepLevelsMax = 8;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool stays(char c, Charset charset) {
  if (is_unreserved(c)) return true;
  const auto among = [c](std::string_view set) { return set.find(c) != std::string_view::npos; };
  switch (charset) {
    case Charset::unreserved:
      return false;
    case Charset::name:
      return among("$@:");
    case Charset::reserved:
      return among(":/?@!$'()*+,;=");
    case Charset::cookie:
      return among("!#$&'()*+/:<=>?@[]^`{|}");
    case Charset::path:
      return among("/:@!$&'()*+,;=");
  }
  return false;
}

Error cannot_write(std::string_view what) {
  return Error{Errc::invalid, std::string(what) + " cannot be written there"};
}

// A list of texts, or of names and texts, of which each is encoded: what a style joins.
struct Texts {
  bool is_object = false;
  std::vector<std::pair<std::string, std::string>> items;
};

Result<Texts> texts_of(const Json& value, Charset charset, bool is_encoded) {
  Texts texts;
  texts.is_object = value.is_object();
  for (const auto& item : value.items()) {
    if (item.value().is_null()) continue;
    const Result<std::string> text = plain_text(item.value());
    if (!text) return cannot_write("a list or an object inside another");
    texts.items.emplace_back(is_encoded ? percent_encoded(item.key(), charset) : item.key(),
                             is_encoded ? percent_encoded(*text, charset) : *text);
  }
  return texts;
}

// "a,b" of a list; of an object "k,v" or, exploded, "k=v".
std::string joined(const Texts& texts, std::string_view separator, bool pairs) {
  std::string text;
  for (const auto& [name, value] : texts.items) {
    if (!text.empty()) text += separator;
    if (texts.is_object) text.append(name).append(pairs ? "=" : separator);
    text += value;
  }
  return text;
}

std::string_view separator_of(Style style) {
  if (style == Style::space_delimited) return "%20";
  if (style == Style::pipe_delimited) return "%7C";
  return style == Style::tab_delimited ? "%09" : ",";
}

Result<void> add_deep(const std::string& name, const Json& value, Charset charset, int level,
                      std::vector<std::string>& pieces) {
  if (value.is_null()) return {};
  if (value.is_object()) {
    if (level >= kDeepLevelsMax) return cannot_write("an object nested that deep");
    for (const auto& item : value.items()) {
      const std::string inner =
          name + "%5B" + percent_encoded(item.key(), Charset::unreserved) + "%5D";
      Result<void> done = add_deep(inner, item.value(), charset, level + 1, pieces);
      if (!done) return done;
    }
    return {};
  }
  // No table says how a list is written here: its name is repeated, as in a form.
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    const Result<std::string> text = plain_text(one);
    if (!text) return cannot_write("a list of lists or objects");
    pieces.push_back(name + "=" + percent_encoded(*text, charset));
  }
  return {};
}

}  // namespace

std::string percent_encoded(std::string_view text, Charset charset) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_triplet = charset == Charset::reserved && c == '%' && i + 2 < text.size() &&
                            is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (is_triplet || stays(c, charset)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Result<std::string> plain_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean() || value.is_number()) return to_text(value);
  return cannot_write(value.is_null() ? "null" : value.is_array() ? "a list" : "an object");
}

Result<std::vector<std::string>> query_pieces(const Writing& writing, const Json& value) {
  std::vector<std::string> pieces;
  const Charset charset = writing.allow_reserved ? Charset::reserved : Charset::unreserved;
  const std::string name = percent_encoded(writing.name, Charset::name);
  if (value.is_null()) return pieces;
  if (writing.style == Style::deep_object && value.is_structured()) {
    if (Result<void> done = add_deep(name, value, charset, 0, pieces); !done) return done.error();
    return pieces;
  }
  if (!value.is_structured()) {
    const Result<std::string> text = plain_text(value);
    if (!text) return text.error();
    pieces.push_back(name + "=" + percent_encoded(*text, charset));
    return pieces;
  }
  const Result<Texts> texts = texts_of(value, charset, true);
  if (!texts) return texts.error();
  if (texts->items.empty()) {
    if (writing.allow_empty) pieces.push_back(name + "=");
  } else if (writing.explode) {
    for (const auto& [key, text] : texts->items) {
      pieces.push_back((texts->is_object ? key : name) + "=" + text);
    }
  } else {
    pieces.push_back(name + "=" + joined(*texts, separator_of(writing.style), false));
  }
  return pieces;
}

Result<std::string> path_text(const Writing& writing, const Json& value) {
  const bool matrix = writing.style == Style::matrix;
  const bool label = writing.style == Style::label;
  const std::string name = percent_encoded(writing.name, Charset::unreserved);
  if (!value.is_structured()) {
    const Result<std::string> text = plain_text(value);
    if (!text) return text.error();
    const std::string encoded = percent_encoded(*text, Charset::unreserved);
    if (matrix) return ";" + name + (encoded.empty() ? "" : "=" + encoded);
    return (label ? "." : "") + encoded;
  }
  const Result<Texts> texts = texts_of(value, Charset::unreserved, true);
  if (!texts) return texts.error();
  if (!matrix && !label) return joined(*texts, ",", writing.explode);
  if (label) return "." + joined(*texts, writing.explode ? "." : ",", writing.explode);
  if (!writing.explode) return ";" + name + "=" + joined(*texts, ",", false);
  std::string text;
  for (const auto& [key, one] : texts->items) {
    text.append(";").append(texts->is_object ? key : name).append("=").append(one);
  }
  return text;
}

Result<std::string> header_text(const Writing& writing, const Json& value) {
  if (!value.is_structured()) return plain_text(value);
  const Result<Texts> texts = texts_of(value, Charset::unreserved, false);
  if (!texts) return texts.error();
  return joined(*texts, ",", writing.explode);
}

Result<std::vector<std::string>> cookie_pieces(const Writing& writing, const Json& value) {
  std::vector<std::string> pieces;
  if (!value.is_structured()) {
    const Result<std::string> text = plain_text(value);
    if (!text) return text.error();
    pieces.push_back(writing.name + "=" + percent_encoded(*text, Charset::cookie));
    return pieces;
  }
  const Result<Texts> texts = texts_of(value, Charset::unreserved, true);
  if (!texts) return texts.error();
  if (!writing.explode) {
    pieces.push_back(writing.name + "=" + joined(*texts, "%2C", false));
    return pieces;
  }
  for (const auto& [key, text] : texts->items) {
    pieces.push_back((texts->is_object ? key : writing.name) + "=" + text);
  }
  return pieces;
}

}  // namespace yoke::openapi
