#include "runtime/base/json.h"

#include <iterator>
#include <limits>
#include <vector>

#include "runtime/base/json_writer.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// Reads the text and counts: the parser's events carry no position of their own.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}

  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

// Builds the value without recursion, and stops at the first thing that the door refuses.
class BoundedReader {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  explicit BoundedReader(const JsonLimits& limits) : limits_(limits) {}

  Json take_value() { return std::move(root_); }
  // What was refused; empty detail while nothing was.
  const Error& refusal() const { return refusal_; }

  bool null() { return place(nullptr) != nullptr; }
  bool boolean(bool value) { return place(value) != nullptr; }
  bool number_integer(number_integer_t value) { return place(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) { return place(value) != nullptr; }
  bool number_float(number_float_t value, const string_t& literal) {
    // The lexer falls back to a double for an integer that fits no integer type.
    if (literal.find_first_of(".eE") == string_t::npos) {
      return refuse(Errc::invalid,
                    "the integer " + shorten(literal, 40) + " fits no 64-bit integer");
    }
    return place(value) != nullptr;
  }
  bool string(string_t& value) { return place(std::move(value)) != nullptr; }
  bool binary(binary_t&) { return refuse(Errc::invalid, "binary data"); }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(string_t& name) {
    if (!count_node()) return false;
    auto [member, is_new] = open_.back()->get_ref<Json::object_t&>().try_emplace(name);
    if (!is_new) return refuse(Errc::invalid, "duplicate key \"" + shorten(name, 80) + '"');
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    std::string_view reason = error.what();
    for (const std::string_view lead : {"] ", "column "}) skip_past(reason, lead);
    if (const auto colon = reason.find(": "); colon < 12) reason.remove_prefix(colon + 2);
    if (reason.starts_with("syntax error")) skip_past(reason, " - ");
    return refuse(Errc::invalid, shorten(to_valid_utf8(reason), 200));
  }

 private:
  static void skip_past(std::string_view& text, std::string_view lead) {
    const auto at = text.find(lead);
    if (at != std::string_view::npos) text.remove_prefix(at + lead.size());
  }

  bool refuse(Errc code, std::string detail) {
    refusal_ = Error{code, std::move(detail)};
    return false;
  }

  bool count_node() {
    if (++nodes_ <= limits_.nodes_max) return true;
    return refuse(Errc::too_large, "more than " + std::to_string(limits_.nodes_max) + " values");
  }

  Json* place(Json value) {
    if (!count_node()) return nullptr;
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      auto& elements = open_.back()->get_ref<Json::array_t&>();
      elements.push_back(std::move(value));
      return &elements.back();
    }
    *member_ = std::move(value);
    return member_;
  }

  bool open(Json container) {
    if (open_.size() >= limits_.depth_max) {
      return refuse(Errc::too_large,
                    "nested deeper than " + std::to_string(limits_.depth_max) + " levels");
    }
    Json* const placed = place(std::move(container));
    if (placed != nullptr) open_.push_back(placed);
    return placed != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;  // the containers around the current place, outermost first
  Json* member_ = nullptr;   // where the value of the last key goes
  std::size_t nodes_ = 0;
  Error refusal_;
};

const Json* find_member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.text_bytes_max) {
    return Error{Errc::too_large, "JSON text of " + std::to_string(text.size()) +
                                      " bytes; at most " + std::to_string(limits.text_bytes_max) +
                                      " are taken"};
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return Error{Errc::invalid, "byte 0: a byte-order mark; JSON has none"};
  }
  const char* furthest = text.data();
  BoundedReader reader(limits);
  const CountingIterator first(text.data(), &furthest);
  const CountingIterator last(text.data() + text.size(), &furthest);
  if (Json::sax_parse(first, last, &reader)) return reader.take_value();
  Error refusal = reader.refusal();
  refusal.detail = "byte " + std::to_string(furthest - text.data()) + ": " + refusal.detail;
  return refusal;
}

std::string to_text(const Json& value) {
  std::string text;
  JsonWriter(text).json(value);
  return text;
}

std::string to_pretty_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string string_at(const Json& object, std::string_view key, std::string_view fallback) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_string()) return std::string(fallback);
  return member->get_ref<const std::string&>();
}

std::int64_t integer_at(const Json& object, std::string_view key, std::int64_t fallback) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_number_integer()) return fallback;
  if (!member->is_number_unsigned()) return member->get<std::int64_t>();
  const auto value = member->get<std::uint64_t>();
  const bool fits = value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  return fits ? static_cast<std::int64_t>(value) : fallback;
}

double number_at(const Json& object, std::string_view key, double fallback) {
  const Json* member = find_member(object, key);
  return member != nullptr && member->is_number() ? member->get<double>() : fallback;
}

bool bool_at(const Json& object, std::string_view key, bool fallback) {
  const Json* member = find_member(object, key);
  return member != nullptr && member->is_boolean() ? member->get<bool>() : fallback;
}

const Json& member_at(const Json& value, std::string_view key) {
  static const Json absent;
  const Json* member = find_member(value, key);
  return member == nullptr ? absent : *member;
}

}  // namespace yoke
