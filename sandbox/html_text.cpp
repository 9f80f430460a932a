#include "sandbox/html_text.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "sandbox/html_entities.h"
#include "sandbox/html_tags.h"
#include "sandbox/text_flow.h"

namespace yoke::sandbox {

namespace {

bool shows_address(std::string_view address) {
  return !address.empty() && !address.starts_with('#') && !address.starts_with("javascript:") &&
         !address.starts_with("data:");
}

// Walks the tags and tells the flow what they mean.
class Page {
 public:
  explicit Page(std::string_view html) : scanner_(html) {}

  std::string text() {
    for (HtmlPiece piece = scanner_.next(); piece.kind != HtmlPiece::Kind::end;
         piece = scanner_.next()) {
      if (piece.kind == HtmlPiece::Kind::text) {
        add_text(piece.value);
      } else if (piece.kind == HtmlPiece::Kind::open) {
        open(piece);
      } else {
        close(piece.value);
      }
    }
    close_link();
    return to_valid_utf8(flow_.take());
  }

 private:
  void add_text(std::string_view text) {
    while (!text.empty()) {
      if (text.front() == '&') {
        std::string character;
        const std::size_t size = append_entity(text, character);
        flow_.add(size > 0 ? std::string_view(character) : text.substr(0, 1));
        text.remove_prefix(std::max<std::size_t>(size, 1));
        continue;
      }
      const std::string_view plain = text.substr(0, text.find('&'));
      flow_.add(plain);
      text.remove_prefix(plain.size());
    }
  }

  void open(const HtmlPiece& tag) {
    const std::string_view name = tag.value;
    const HtmlRole role = role_of(name);
    switch (role) {
      case HtmlRole::paragraph:
        return flow_.separate(2);
      case HtmlRole::block:
        return flow_.separate(1);
      case HtmlRole::heading:
        flow_.separate(2);
        return flow_.mark(std::string(static_cast<std::size_t>(name[1] - '0'), '#') + " ");
      case HtmlRole::line_break:
        return flow_.break_line();
      case HtmlRole::rule:
        flow_.separate(2);
        flow_.mark("---");
        return flow_.separate(2);
      case HtmlRole::list:
        return flow_.open_list(name == "ol");
      case HtmlRole::item:
        return flow_.open_item();
      case HtmlRole::cell:
        return flow_.open_cell();
      case HtmlRole::row:
        return flow_.open_row();
      case HtmlRole::preformatted:
        flow_.separate(2);
        return flow_.open_preformatted();
      case HtmlRole::link:
        return open_link(tag);
      case HtmlRole::image:
        return add_image(tag);
      case HtmlRole::none:
        return;
    }
  }

  void close(std::string_view name) {
    switch (role_of(name)) {
      case HtmlRole::paragraph:
      case HtmlRole::heading:
        return flow_.separate(2);
      case HtmlRole::block:
      case HtmlRole::row:
        return flow_.separate(1);
      case HtmlRole::list:
        return flow_.close_list();
      case HtmlRole::preformatted:
        flow_.close_preformatted();
        return flow_.separate(2);
      case HtmlRole::link:
        return close_link();
      default:
        return;
    }
  }

  void open_link(const HtmlPiece& tag) {
    close_link();
    link_ = attribute_of(tag, "href");
    link_start_ = flow_.size();
  }

  // The address follows the link's text, unless it is that text or there is none.
  void close_link() {
    if (shows_address(link_) && flow_.size() > link_start_ && !flow_.ends_with(link_)) {
      flow_.add(" (");
      add_text(link_);
      flow_.add(")");
    }
    link_ = {};
  }

  void add_image(const HtmlPiece& tag) {
    const std::string_view words = attribute_of(tag, "alt");
    if (words.empty()) return;
    flow_.add("[");
    add_text(words);
    flow_.add("]");
  }

  HtmlScanner scanner_;
  TextFlow flow_;
  std::string_view link_;
  std::size_t link_start_ = 0;
};

}  // namespace

std::string html_to_text(std::string_view html) { return Page(html).text(); }

}  // namespace yoke::sandbox
