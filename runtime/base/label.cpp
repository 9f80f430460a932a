#include "runtime/base/label.h"

#include <algorithm>

namespace yoke {

Label join(const Label& a, const Label& b) {
  Label joined;
  joined.integrity = std::max(a.integrity, b.integrity);
  joined.secrecy = std::max(a.secrecy, b.secrecy);
  return joined;
}

std::string to_text(const Label& label) {
  std::string text = label.integrity == Label::Integrity::trusted ? "trusted" : "untrusted";
  text += label.secrecy == Label::Secrecy::open ? ",public" : ",private";
  return text;
}

Label label_from_text(std::string_view text) {
  for (const auto integrity : {Label::Integrity::trusted, Label::Integrity::untrusted}) {
    for (const auto secrecy : {Label::Secrecy::open, Label::Secrecy::restricted}) {
      Label label;
      label.integrity = integrity;
      label.secrecy = secrecy;
      if (to_text(label) == text) return label;
    }
  }
  return Label{};
}

}  // namespace yoke
