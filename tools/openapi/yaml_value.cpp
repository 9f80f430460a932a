#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <istream>
#include <map>
#include <streambuf>

#include "runtime/base/text.h"
#include "tools/openapi/source.h"

namespace yoke::openapi {
namespace {

// Reads a text where it lies.
class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());  // a stream buffer's type; only read
    setg(begin, begin, begin + text.size());
  }
};

// What ends the reading of a text from inside the parser's callbacks.
struct YamlRefusal {
  Errc code;
  std::string detail;
  int line;
};

constexpr std::string_view kMergeKey = "<<";

Json integer_in(std::string_view digits, int base, bool negative) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || stop != end || digits.empty()) return nullptr;
  if (!negative) return value;
  if (value > std::uint64_t{1} << 63) return nullptr;
  return static_cast<std::int64_t>(~value + 1);
}

bool looks_like_number(std::string_view text) {
  bool has_digit = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      has_digit = true;
    } else if (c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-') {
      return false;
    }
  }
  return has_digit;
}

// A plain scalar by YAML 1.2's core schema; what is no number there is a text. Null: a text.
Json number_in(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.starts_with("0x")) return integer_in(rest.substr(2), 16, negative);
  if (rest.starts_with("0o")) return integer_in(rest.substr(2), 8, negative);
  if (rest.empty() || !looks_like_number(rest) || rest.front() == '+' || rest.front() == '-') {
    return nullptr;
  }
  if (rest.find_first_of(".eE") == std::string_view::npos) {
    Json whole = integer_in(rest, 10, negative);
    if (!whole.is_null()) return whole;
  }
  double value = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || stop != rest.data() + rest.size()) return nullptr;
  return negative ? -value : value;
}

Json plain_scalar(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text.empty()) return nullptr;
  Json number = number_in(text);
  return number.is_null() ? Json(text) : number;
}

// A text of one word, as ids are, needs no parser. Empty: it may be more than that.
std::string_view lone_word(std::string_view text) {
  const std::string_view word = trim(text);
  const bool fits = std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!fits || word.size() < 6) return {};  // no word of YAML's own is that long
  const bool is_letter = (word[0] >= 'a' && word[0] <= 'z') || (word[0] >= 'A' && word[0] <= 'Z');
  return is_letter ? word : std::string_view();
}

std::size_t nodes_in(const Json& value) {
  std::size_t count = 1;
  for (const Json& child : value) {
    if (value.is_structured()) count += nodes_in(child);
  }
  return count;
}

std::size_t levels_in(const Json& value) {
  std::size_t most = 0;
  if (!value.is_structured()) return 0;
  for (const Json& child : value) most = std::max(most, levels_in(child));
  return most + 1;
}

// Builds a value from the parser's events and stops it at the first bound.
class YamlBuilder final : public YAML::EventHandler {
 public:
  explicit YamlBuilder(const JsonLimits& limits) : limits_(limits) {}

  Json take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(nullptr, mark, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw YamlRefusal{Errc::invalid, "an alias stands inside what it names", mark.line};
    }
    count(nodes_in(found->second), mark);
    if (open_.size() + levels_in(found->second) > limits_.depth_max) refuse_depth(mark);
    add(found->second, mark, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool is_key = !open_.empty() && open_.back().value.is_object() && !open_.back().has_key;
    if (is_key || tag != "?") return add(value, mark, anchor);
    add(plain_scalar(value), mark, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Json::array(), mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Json::object(), mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Json value;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::string key;
    bool has_key = false;
    std::vector<Json> merged;  // what its "<<" names, nearest first
  };

  [[noreturn]] void refuse_depth(const YAML::Mark& mark) const {
    throw YamlRefusal{Errc::too_large,
                      "nested deeper than " + std::to_string(limits_.depth_max) + " levels",
                      mark.line};
  }

  void count(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ <= limits_.nodes_max) return;
    throw YamlRefusal{Errc::too_large,
                      "more than " + std::to_string(limits_.nodes_max) +
                          " values, aliases counted as what they stand for",
                      mark.line};
  }

  void open(Json container, const YAML::Mark& mark, YAML::anchor_t anchor) {
    count(1, mark);
    if (open_.size() >= limits_.depth_max) refuse_depth(mark);
    Level& level = open_.emplace_back();
    level.value = std::move(container);
    level.anchor = anchor;
    level.mark = mark;
  }

  void close() {
    Level level = std::move(open_.back());
    open_.pop_back();
    // What is written beside a merge key wins over what it brings.
    for (Json& base : level.merged) {
      for (auto& [name, value] : base.items()) {
        if (!level.value.contains(name)) level.value[name] = std::move(value);
      }
    }
    if (level.anchor != 0) {
      count(nodes_in(level.value), level.mark);  // it is kept a second time
      anchors_[level.anchor] = level.value;
    }
    put(std::move(level.value), level.mark);
  }

  void add(Json value, const YAML::Mark& mark, YAML::anchor_t anchor) {
    count(1, mark);
    if (anchor != 0) anchors_[anchor] = value;
    put(std::move(value), mark);
  }

  void put(Json value, const YAML::Mark& mark) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Level& level = open_.back();
    if (level.value.is_array()) {
      level.value.push_back(std::move(value));
    } else if (!level.has_key) {
      take_key(level, std::move(value), mark);
    } else {
      level.has_key = false;
      if (level.key == kMergeKey) return merge(level, std::move(value), mark);
      level.value[level.key] = std::move(value);
    }
  }

  static void take_key(Level& level, Json key, const YAML::Mark& mark) {
    if (key.is_structured()) {
      throw YamlRefusal{Errc::invalid, "a key that is a list or an object", mark.line};
    }
    level.key = key.is_string() ? key.get<std::string>() : key.is_null() ? "null" : to_text(key);
    level.has_key = true;
    if (!level.value.contains(level.key)) return;
    throw YamlRefusal{Errc::invalid,
                      "the key '" + shorten(printable(level.key), 80) + "' is there twice",
                      mark.line};
  }

  static void merge(Level& level, Json value, const YAML::Mark& mark) {
    for (Json& base : value.is_array() ? value.get_ref<Json::array_t&>() : Json::array_t{value}) {
      if (!base.is_object()) {
        throw YamlRefusal{Errc::invalid, "'<<' takes objects, or a list of them", mark.line};
      }
      level.merged.push_back(std::move(base));
    }
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Level> open_;
  std::map<YAML::anchor_t, Json> anchors_;
  std::size_t nodes_ = 0;
};

std::string line_text(int line, std::size_t first) {
  return "line " + std::to_string(first + static_cast<std::size_t>(std::max(line, 0)));
}

}  // namespace

Result<Json> read_yaml(std::string_view text, const JsonLimits& limits, std::size_t line) {
  if (text.size() > limits.text_bytes_max) {
    return Error{Errc::too_large, "YAML of " + std::to_string(text.size()) + " bytes; at most " +
                                      std::to_string(limits.text_bytes_max) + " are taken"};
  }
  if (const std::string_view word = lone_word(text); !word.empty()) return Json(std::string(word));
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  YamlBuilder builder(limits);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return Json(nullptr);
    YamlBuilder rest(limits);
    if (parser.HandleNextDocument(rest)) {
      return Error{Errc::invalid, "more than one YAML document", line_text(0, line)};
    }
  } catch (const YamlRefusal& refusal) {
    return Error{refusal.code, refusal.detail, line_text(refusal.line, line)};
  } catch (const YAML::Exception& error) {
    return Error{Errc::invalid, shorten(printable(error.msg), 200),
                 line_text(error.mark.line, line)};
  }
  return builder.take();
}

}  // namespace yoke::openapi
