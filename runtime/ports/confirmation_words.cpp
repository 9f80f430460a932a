#include "runtime/ports/confirmation_words.h"

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kParameterPrefix = "function.parameters.";
constexpr std::size_t kValueBytesMax = 300;
constexpr std::size_t kWordsBytesMax = 4000;

std::string shown_argument(const Json& args, std::string_view name) {
  const Json& value = member_at(args, name);
  if (value.is_null()) return {};
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  return shorten(text, kValueBytesMax);
}

}  // namespace

std::string confirmation_words_for(std::string_view words, const Json& args) {
  std::string out;
  std::size_t from = 0;
  while (out.size() < kWordsBytesMax) {
    const std::size_t open = words.find("{{", from);
    const std::size_t close = open == std::string_view::npos ? open : words.find("}}", open);
    if (close == std::string_view::npos) break;
    const std::string_view name = trim(words.substr(open + 2, close - open - 2));
    out += words.substr(from, open - from);
    if (name.starts_with(kParameterPrefix)) {
      out += shown_argument(args, name.substr(kParameterPrefix.size()));
    } else {
      out += words.substr(open, close + 2 - open);
    }
    from = close + 2;
  }
  out += words.substr(from);
  return shorten(printable(to_valid_utf8(out)), kWordsBytesMax);
}

}  // namespace yoke
