#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

// Which entries are nearest: pure arithmetic.
namespace yoke::recall {

struct Ranked {
  std::int64_t entry = 0;
  double score = 0;
};

// What BM25 needs to know of all that is searched.
struct Collection {
  std::int64_t entries = 0;
  std::int64_t words = 0;  // of all entries together
};

// What one word of a question adds to an entry's score, by BM25 (k1 = 1.2, b = 0.75): the rarer
// the word among the `holders` that have it, and the more of the entry it is, the more.
double bm25(const Collection& all, std::int64_t holders, std::int64_t times, std::int64_t length);

// The best `most`, the best first; of equals the newer entry, which has the higher number.
std::vector<Ranked> best_of(const std::unordered_map<std::int64_t, double>& scores,
                            std::size_t most);

// Lists whose scores do not compare made into one: an entry's score is the sum of 1/(60 + its
// place) over the lists that have it (reciprocal rank fusion).
std::vector<Ranked> fused(std::span<const std::vector<Ranked>> lists);

}  // namespace yoke::recall
