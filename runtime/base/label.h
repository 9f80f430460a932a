#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace yoke {

// Where a value came from and who may see it. Joining two labels keeps the worse of each, so a
// label can only be lost by a named declassifier. What carries no label is untrusted and private.
struct Label {
  enum class Integrity : std::uint8_t { trusted, untrusted };
  enum class Secrecy : std::uint8_t { open, restricted };  // written "public" and "private"

  Integrity integrity = Integrity::untrusted;
  Secrecy secrecy = Secrecy::restricted;

  bool operator==(const Label&) const = default;
};

Label join(const Label& a, const Label& b);
std::string to_text(const Label& label);       // "untrusted,private"
Label label_from_text(std::string_view text);  // anything not understood is untrusted and private

inline constexpr Label kTrustedPrivate{Label::Integrity::trusted, Label::Secrecy::restricted};
inline constexpr Label kTrustedPublic{Label::Integrity::trusted, Label::Secrecy::open};

}  // namespace yoke
