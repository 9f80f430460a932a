#include "tests/memory/senses.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "runtime/memory/words.h"

namespace yoke {
namespace {

constexpr float kOfWord = 1.0F;
constexpr float kOfGroup = 0.9F;
constexpr float kOfLetters = 0.15F;
constexpr std::size_t kWordsMax = 1'000;

void add(std::vector<float>& vector, const std::string& what, float weight) {
  const auto number = static_cast<std::uint64_t>(recall::word_number(what));
  vector[number % vector.size()] += (number >> 63) != 0 ? weight : -weight;
}

}  // namespace

SenseVectors::SenseVectors(const std::string& senses_file) {
  std::ifstream in(senses_file);
  if (!in) throw std::runtime_error("cannot read " + senses_file);
  int group = 0;
  for (std::string line; std::getline(in, line); ++group) {
    for (const std::string& word : recall::words_of(line)) groups_[word].push_back(group);
  }
}

std::vector<float> SenseVectors::vector_of(const std::string& text) const {
  std::vector<float> vector(kDimensions, 0);
  for (const std::string& word : recall::query_words(text, kWordsMax)) {
    add(vector, "word " + word, kOfWord);
    const auto groups = groups_.find(word);
    if (groups != groups_.end()) {
      for (const int group : groups->second)
        add(vector, "group " + std::to_string(group), kOfGroup);
    }
    for (std::size_t at = 0; at + 3 <= word.size(); ++at) {
      add(vector, "letters " + word.substr(at, 3), kOfLetters);
    }
  }
  return vector;
}

awaitable<EmbedOutcome> SenseVectors::embed(EmbedRequest request, Deadline) {
  EmbedReply reply;
  reply.target = "tests/senses";
  for (const std::string& text : request.texts) reply.vectors.push_back(vector_of(text));
  co_return reply;
}

}  // namespace yoke
