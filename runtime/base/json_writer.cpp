#include "runtime/base/json_writer.h"

#include <array>
#include <charconv>
#include <cstring>

#include "runtime/base/text.h"

namespace yoke {
namespace {

// How a byte is written inside a JSON string: 0 as it is, 'u' as \u00XX, else a backslash and this.
constexpr std::array<char, 256> escapes() {
  std::array<char, 256> table{};
  for (int byte = 0; byte < 0x20; ++byte) table[static_cast<std::size_t>(byte)] = 'u';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}
constexpr std::array<char, 256> kEscapes = escapes();

// Whether one of eight bytes needs an escape. A borrow may cross to the next byte, but only from
// one that does.
bool has_escape(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  const std::uint64_t quotes = bytes ^ (kOnes * '"');
  const std::uint64_t slashes = bytes ^ (kOnes * '\\');
  const std::uint64_t found = ((bytes - kOnes * 0x20) & ~bytes) | ((quotes - kOnes) & ~quotes) |
                              ((slashes - kOnes) & ~slashes);
  return (found & (kOnes * 0x80)) != 0;
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (std::uint64_t word = 0; text.size() - at >= sizeof word; at += sizeof word) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if (has_escape(word)) break;
    }
    if (at == text.size()) break;
    const auto byte = static_cast<unsigned char>(text[at]);
    const char escape = kEscapes[byte];
    if (escape == 0) continue;
    out.append(text.substr(begin, at - begin));
    begin = at + 1;
    out.push_back('\\');
    out.push_back(escape);
    if (escape == 'u') out.append("00").append({kHex[byte >> 4], kHex[byte & 15]});
  }
  out.append(text.substr(begin));
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void JsonWriter::before_value() {
  if (comma_) out_.push_back(',');
  comma_ = true;
}

JsonWriter& JsonWriter::open_object() {
  before_value();
  out_.push_back('{');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close_object() {
  out_.push_back('}');
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::open_array() {
  before_value();
  out_.push_back('[');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close_array() {
  out_.push_back(']');
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  text(name);
  out_.push_back(':');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  before_value();
  out_.push_back('"');
  if (is_valid_utf8(value)) {
    append_escaped(out_, value);
  } else {
    append_escaped(out_, to_valid_utf8(value));
  }
  out_.push_back('"');
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  before_value();
  append_integer(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  before_value();
  out_.append(value ? "true" : "false");
  return *this;
}

JsonWriter& JsonWriter::null() {
  before_value();
  out_.append("null");
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  before_value();
  out_.append(
      Json(value).dump());  // the shortest text that reads back the same; null when not finite
  return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
  before_value();
  append_integer(out_, value);
  return *this;
}

JsonWriter& JsonWriter::json(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      open_object();
      for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
        key(name).json(member);
      }
      return close_object();
    case Json::value_t::array:
      open_array();
      for (const Json& item : value.get_ref<const Json::array_t&>()) json(item);
      return close_array();
    case Json::value_t::string:
      return text(value.get_ref<const std::string&>());
    case Json::value_t::boolean:
      return boolean(value.get<bool>());
    case Json::value_t::number_integer:
      return integer(value.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      return number(value.get<std::uint64_t>());
    case Json::value_t::number_float:
      return number(value.get<double>());
    default:
      return null();
  }
}

}  // namespace yoke
