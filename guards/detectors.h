#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace yoke::guards {

// What is known by its shape and, where it has them, its check digits. Pure.

struct Found {
  std::string_view kind;  // "email", "card", "github_token"; of a static table
  std::size_t from = 0;   // bytes
  std::size_t to = 0;
};

// "email", "phone", "iban", "card", "us_ssn", "uk_nino", "no_fnr", "se_pnr", "es_dni"
std::span<const std::string_view> personal_kinds();
// "private_key", "openai_key", "aws_key", …
std::span<const std::string_view> secret_kinds();
bool is_kind(std::string_view name);

// All of these kinds in the text, in its order, none inside another: where two begin together the
// longer counts. Time grows linearly with the text.
std::vector<Found> find_kinds(std::string_view text, std::span<const std::string_view> kinds);

// Check digits, of digits (and letters) alone.
bool passes_luhn(std::string_view digits);
bool passes_iban(std::string_view iban);  // ISO 13616: 97 of the rearranged number

}  // namespace yoke::guards
