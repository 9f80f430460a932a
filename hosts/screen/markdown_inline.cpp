#include <array>
#include <optional>

#include "hosts/screen/glyphs.h"
#include "hosts/screen/markdown.h"

namespace yoke {
namespace {

constexpr std::string_view kEscapable = "\\`*_{}[]()#+-.!|~<>\"'$&/:;=?@^,%";
constexpr int kNestedMax = 8;
// How far a link's parts are looked for, so that a text of opened ones is still read in one pass.
constexpr std::size_t kLinkReach = 4096;

bool is_space(char c) { return c == ' '; }
bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z');
}

struct Mark {
  std::string_view text;
  Look look;
};

constexpr std::array<Mark, 6> kMarks{Mark{"***", Look::bold | Look::italic},
                                     Mark{"**", Look::bold},
                                     Mark{"__", Look::bold},
                                     Mark{"~~", Look::strike},
                                     Mark{"*", Look::italic},
                                     Mark{"_", Look::italic}};

// Reads marks from the left; what closes nothing is text.
class InlineReader {
 public:
  InlineReader(std::string_view text, int depth) : text_(text), depth_(depth) {}

  StyledLine read(Look base) {
    while (at_ < text_.size()) {
      if (!read_escape(base) && !read_code(base) && !read_emphasis(base) && !read_link(base)) {
        append(line_, text_.substr(at_, 1), base);
        ++at_;
      }
    }
    return std::move(line_);
  }

 private:
  bool read_escape(Look base) {
    const bool escapes = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                         kEscapable.find(text_[at_ + 1]) != std::string_view::npos;
    if (!escapes) return false;
    append(line_, text_.substr(at_ + 1, 1), base);
    at_ += 2;
    return true;
  }

  bool read_code(Look base) {
    if (text_[at_] != '`') return false;
    std::size_t ticks = 0;
    while (at_ + ticks < text_.size() && text_[at_ + ticks] == '`') ++ticks;
    const std::string_view mark = text_.substr(at_, ticks);
    const std::size_t end = text_.find(mark, at_ + ticks);
    if (end == std::string_view::npos) {
      append(line_, mark, base);
      at_ += ticks;
      return true;
    }
    std::string_view code = text_.substr(at_ + ticks, end - at_ - ticks);
    const bool padded = code.size() > 2 && is_space(code.front()) && is_space(code.back());
    if (padded) code = code.substr(1, code.size() - 2);
    append(line_, code, base | Look::cyan);
    at_ = end + ticks;
    return true;
  }

  // Where the mark closes; none: it does not.
  std::optional<std::size_t> closing(std::string_view mark, std::size_t from) const {
    for (std::size_t at = from; at + mark.size() <= text_.size(); ++at) {
      if (text_[at] == '\\') {
        ++at;
        continue;
      }
      if (text_[at] == '`') {  // what is code closes nothing
        const std::size_t end = text_.find('`', at + 1);
        if (end != std::string_view::npos) at = end;
        continue;
      }
      if (text_.substr(at, mark.size()) != mark || is_space(text_[at - 1])) continue;
      const std::size_t after = at + mark.size();
      const bool longer = mark.size() == 1 && after < text_.size() && text_[after] == mark.front();
      if (longer) {
        ++at;
        continue;
      }
      const bool inside = mark.front() == '_' && after < text_.size() && is_letter(text_[after]);
      if (!inside && at > from) return at;
    }
    return std::nullopt;
  }

  bool read_emphasis(Look base) {
    if (depth_ >= kNestedMax) return false;
    for (std::size_t i = 0; i < kMarks.size(); ++i) {
      const Mark& mark = kMarks[i];
      if (never_closes_[i] || text_.substr(at_, mark.text.size()) != mark.text) continue;
      const std::size_t from = at_ + mark.text.size();
      const bool opens = from < text_.size() && !is_space(text_[from]);
      const bool in_word = mark.text.front() == '_' && at_ > 0 && is_letter(text_[at_ - 1]);
      if (!opens || in_word) continue;
      const std::optional<std::size_t> end = closing(mark.text, from);
      if (!end) {
        never_closes_[i] = true;
        continue;
      }
      InlineReader inner(text_.substr(from, *end - from), depth_ + 1);
      append(line_, inner.read(base | mark.look));
      at_ = *end + mark.text.size();
      return true;
    }
    return false;
  }

  bool read_link(Look base) {
    const bool image = text_[at_] == '!' && text_.substr(at_ + 1, 1) == "[";
    if (text_[at_] == '<') return read_autolink(base);
    if (text_[at_] != '[' && !image) return false;
    const std::size_t open = at_ + (image ? 1 : 0);
    const std::size_t words_end = text_.substr(open, kLinkReach).find("](");
    if (words_end == std::string_view::npos || depth_ >= kNestedMax) return false;
    const std::size_t middle = open + words_end;
    const std::size_t address_end = text_.substr(middle, kLinkReach).find(')');
    if (address_end == std::string_view::npos) return false;
    const std::size_t end = middle + address_end;
    const std::string_view words = text_.substr(open + 1, middle - open - 1);
    const std::string_view address = text_.substr(middle + 2, end - middle - 2);
    InlineReader inner(words, depth_ + 1);
    append(line_, inner.read(base | Look::underline));
    // Where it leads is shown: a link's words are whatever its writer chose.
    if (address != words) append(line_, " (" + std::string(address) + ")", base | Look::dim);
    at_ = end + 1;
    return true;
  }

  bool read_autolink(Look base) {
    const std::size_t length = text_.substr(at_, kLinkReach).find('>');
    if (length == std::string_view::npos) return false;
    const std::size_t end = at_ + length;
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    const bool address = inside.starts_with("http://") || inside.starts_with("https://") ||
                         inside.starts_with("mailto:");
    if (!address || inside.find(' ') != std::string_view::npos) return false;
    append(line_, inside, base | Look::underline);
    at_ = end + 1;
    return true;
  }

  std::string_view text_;
  int depth_;
  std::size_t at_ = 0;
  // A mark that was sought to the end in vain is not sought again: so reading takes one pass.
  std::array<bool, kMarks.size()> never_closes_{};
  StyledLine line_;
};

}  // namespace

StyledLine inline_markdown(std::string_view text, Look base) {
  return InlineReader(text, 0).read(base);
}

}  // namespace yoke
