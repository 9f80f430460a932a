#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

bool is_valid_utf8(std::string_view text);
std::string to_valid_utf8(std::string_view text);  // invalid bytes become U+FFFD
// At most `bytes_max` bytes, cut between characters, "…" added when something was cut.
std::string shorten(std::string_view text, std::size_t bytes_max);
std::size_t display_width(std::string_view text);  // terminal columns; wide characters count two

// True when `pattern` ('*' = any run of characters, '?' = one) matches the whole of `text`. Linear.
bool glob_match(std::string_view pattern, std::string_view text);

// The candidate nearest in spelling to `word`, or empty when none is near: for "did you mean".
std::string nearest(std::string_view word, std::span<const std::string> candidates);
// " (did you mean 'x'?)" or an empty string.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
// Replaces control characters other than newline and tab, so that text cannot drive a terminal.
std::string printable(std::string_view text);

}  // namespace yoke
