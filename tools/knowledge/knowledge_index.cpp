#include "tools/knowledge/knowledge_index.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/text.h"

namespace yoke {
namespace {

// BM25's usual constants (Robertson and Zaragoza, 2009).
constexpr double kSaturation = 1.2;
constexpr double kLengthWeight = 0.75;
constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kPluralBytesMin = 4;

bool is_word_byte(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string normal_word(std::string_view word) {
  std::string out(word.substr(0, kWordBytesMax));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const bool plural = out.size() >= kPluralBytesMin && out.back() == 's' &&
                      out[out.size() - 2] != 's' && out[out.size() - 2] != 'u';
  if (plural) out.pop_back();
  return out;
}

// A Markdown heading's words; empty: the line is none.
std::string heading_of(std::string_view line) {
  const std::size_t marks = line.find_first_not_of('#');
  if (marks == 0 || marks == std::string_view::npos || marks > 6 || line[marks] != ' ') return {};
  return std::string(trim(line.substr(marks)));
}

// Where a passage that begins at `begin` ends: at a paragraph's end where there is one in reach.
std::size_t end_of_passage(std::string_view text, std::size_t begin) {
  const std::size_t most = begin + KnowledgeIndex::kPassageBytes;
  if (most >= text.size()) return text.size();
  for (const std::string_view mark : {"\n\n", "\n", ". ", " "}) {
    const std::size_t at = text.rfind(mark, most);
    if (at != std::string_view::npos && at > begin + KnowledgeIndex::kPassageBytes / 4) {
      return at + mark.size();
    }
  }
  std::size_t end = most;
  while (end > begin && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return end > begin ? end : most;
}

}  // namespace

std::vector<std::string> knowledge_words(std::string_view text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool inside = i < text.size() && is_word_byte(static_cast<unsigned char>(text[i]));
    if (inside) continue;
    if (i > begin) words.push_back(normal_word(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  return words;
}

void KnowledgeIndex::add(const std::string& file, std::string given) {
  if (texts_.contains(file)) return;
  const auto& [name, text] = *texts_.emplace(file, to_valid_utf8(given)).first;
  std::string heading;
  std::size_t begin = 0;  // of the section
  const auto take_section = [&](std::size_t end) {
    while (begin < end) {
      const std::size_t stop =
          begin + end_of_passage(std::string_view(text).substr(begin, end - begin), 0);
      add_passage(Passage{&name, heading, begin, stop - begin, 0});
      begin = stop;
    }
  };
  std::size_t line = 0;
  while (line < text.size()) {
    const std::size_t stop = std::min(text.find('\n', line), text.size());
    const std::string found = heading_of(std::string_view(text).substr(line, stop - line));
    if (!found.empty()) {
      take_section(line);
      heading = found;
    }
    line = stop + 1;
  }
  take_section(text.size());
}

void KnowledgeIndex::add_passage(Passage passage) {
  const std::string_view text =
      std::string_view(texts_.at(*passage.file)).substr(passage.offset, passage.bytes);
  std::map<std::string, std::size_t> counts;
  for (std::string& word : knowledge_words(text)) ++counts[std::move(word)];
  // The heading above tells what a passage is about, wherever in its section it stands.
  for (std::string& word : knowledge_words(passage.heading)) ++counts[std::move(word)];
  if (counts.empty()) return;
  for (const auto& [word, count] : counts) {
    postings_[word].push_back(Posting{passages_.size(), count});
    passage.words += count;
  }
  words_ += passage.words;
  passages_.push_back(std::move(passage));
}

std::vector<KnowledgeHit> KnowledgeIndex::search(std::string_view question,
                                                 std::size_t most) const {
  std::vector<std::string> asked = knowledge_words(question);
  std::sort(asked.begin(), asked.end());
  asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
  std::map<std::size_t, double> scores;
  const auto total = static_cast<double>(passages_.size());
  const double usual = passages_.empty() ? 1 : static_cast<double>(words_) / total;
  for (const std::string& word : asked) {
    const auto found = postings_.find(word);
    if (found == postings_.end()) continue;
    const auto having = static_cast<double>(found->second.size());
    const double rarity = std::log(1 + (total - having + 0.5) / (having + 0.5));
    for (const Posting& posting : found->second) {
      const double length = static_cast<double>(passages_[posting.passage].words) / usual;
      const auto count = static_cast<double>(posting.count);
      const double norm = kSaturation * (1 - kLengthWeight + kLengthWeight * length);
      scores[posting.passage] += rarity * count * (kSaturation + 1) / (count + norm);
    }
  }
  std::vector<std::pair<std::size_t, double>> ranked(scores.begin(), scores.end());
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (ranked.size() > most) ranked.resize(most);
  std::vector<KnowledgeHit> hits;
  for (const auto& [index, score] : ranked) {
    const Passage& passage = passages_[index];
    hits.push_back(KnowledgeHit{*passage.file, passage.heading, passage.offset,
                                texts_.at(*passage.file).substr(passage.offset, passage.bytes),
                                score});
  }
  return hits;
}

}  // namespace yoke
