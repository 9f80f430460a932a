#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/ports/flow_policy.h"

// Whether a value stands in texts, however it is written there. Pure. Private to the engine.
namespace yoke {

// Percent signs decoded, letters small, runs of white space one space each.
std::string plain_form(std::string_view text);
// The letters and digits alone: what is left of a text that was spread over lines or parts.
std::string bare_form(std::string_view text);

// The host that a URL, or the beginning of one, leads to; what stands before an '@' in it is not.
std::string host_in(std::string_view place);

// Texts of one standing, each with the name of where it is from.
class SourceTexts {
 public:
  void add_text(const std::string& from, std::string_view text);
  void add(const std::string& from, const Json& value);  // every text and number in it
  bool empty() const { return texts_.empty(); }

  // Where the value stands as a word of its own: "bob@x.example" does not stand in
  // "bob@x.example.evil". At most three names.
  std::vector<std::string> holding(std::string_view value, CriticalKind kind) const;
  // Where it stands when white space, marks and the borders between texts are overlooked.
  bool holds_bare(std::string_view value) const;

 private:
  struct Text {
    std::string from;
    std::string plain;
  };
  void take(Text& text, const Json& value, int depth);
  std::vector<Text> texts_;
  std::string bare_;
};

}  // namespace yoke
