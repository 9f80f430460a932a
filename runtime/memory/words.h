#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Texts as words that compare: pure functions of UTF-8.
namespace yoke::recall {

inline constexpr std::size_t kWordBytesMax = 48;  // what is longer is cut

// The words of a text in their order: in small letters, Latin ones without their marks, English
// ones without their endings. A character of a script that writes no spaces is a word.
std::vector<std::string> words_of(std::string_view text);

// The words of a question that can find something, each once: those that only join others ("what
// is the …") are left out unless there are no others. At most `most`.
std::vector<std::string> query_words(std::string_view text, std::size_t most);

// What stands for a word in the index.
std::int64_t word_number(std::string_view word);

}  // namespace yoke::recall
