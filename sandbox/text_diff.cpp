#include "sandbox/text_diff.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace yoke::sandbox {

namespace {

// The difference may grow to so many lines before the search for the shortest one is given up: it
// remembers a number for each pair of them.
constexpr int kEditsMax = 1'000;

using Lines = std::vector<std::string_view>;  // with their ends
using Numbers = std::vector<int>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end == std::string_view::npos ? end : end + 1));
    text.remove_prefix(lines.back().size());
  }
  return lines;
}

// Equal lines have equal numbers. An ordered map: no text can be made to collide.
Numbers numbers_of(const Lines& lines, std::map<std::string_view, int>& known) {
  Numbers numbers;
  numbers.reserve(lines.size());
  for (const std::string_view line : lines) {
    numbers.push_back(known.emplace(line, static_cast<int>(known.size())).first->second);
  }
  return numbers;
}

struct Kept {
  std::vector<bool> before;  // by line: it is in both
  std::vector<bool> after;
};

// The greedy search along diagonals for the shortest edit (Myers 1986), over what lies between two
// marks.
class Search {
 public:
  struct Span {
    std::size_t start = 0;
    std::size_t size = 0;
  };
  Search(const Numbers& before, Span left, const Numbers& after, Span right, std::size_t steps_max)
      : a_(before.data() + left.start),
        b_(after.data() + right.start),
        n_(static_cast<int>(left.size)),
        m_(static_cast<int>(right.size)),
        steps_max_(steps_max) {}

  // True when the shortest edit was found.
  bool run() {
    std::vector<int> furthest{0, 0, 0};  // by diagonal -1 … 1
    for (int d = 0; d <= std::min(n_ + m_, kEditsMax); ++d) {
      std::vector<int> next(static_cast<std::size_t>(2 * d + 3), 0);
      for (int k = -d; k <= d; k += 2) {
        if (k < -m_ || k > n_) continue;
        const int x = slide(start_of(furthest, d, k), k);
        next[static_cast<std::size_t>(k + d + 1)] = x;
        if (steps_ > steps_max_) return false;
        if (x >= n_ && x - k >= m_) {
          rounds_.push_back(std::move(next));
          return true;
        }
      }
      rounds_.push_back(next);
      furthest = std::move(next);
    }
    return false;
  }

  void mark(Kept& kept, std::size_t left, std::size_t right) const {
    int x = n_;
    int y = m_;
    for (int d = static_cast<int>(rounds_.size()) - 1; d >= 0; --d) {
      const int k = x - y;
      const int start = d == 0 ? 0 : start_of(rounds_[static_cast<std::size_t>(d - 1)], d, k);
      while (x > start) {
        --x;
        --y;
        kept.before[left + static_cast<std::size_t>(x)] = true;
        kept.after[right + static_cast<std::size_t>(y)] = true;
      }
      if (d == 0) return;
      if (comes_down(rounds_[static_cast<std::size_t>(d - 1)], d, k)) {
        --y;
      } else {
        --x;
      }
    }
  }

  std::size_t steps() const { return steps_; }

 private:
  // A round of d - 1 holds its diagonals -(d - 1) … d - 1, with one to spare at either end.
  static int at(const std::vector<int>& round, int d, int k) {
    return round[static_cast<std::size_t>(k + d)];
  }
  bool comes_down(const std::vector<int>& before, int d, int k) const {
    if (k == -d || k - 1 < -m_) return true;
    if (k == d || k + 1 > n_) return false;
    return at(before, d, k - 1) < at(before, d, k + 1);
  }
  int start_of(const std::vector<int>& before, int d, int k) const {
    if (d == 0) return 0;
    return comes_down(before, d, k) ? at(before, d, k + 1) : at(before, d, k - 1) + 1;
  }
  int slide(int x, int k) {
    ++steps_;
    while (x < n_ && x - k < m_ && a_[x] == b_[x - k]) {
      ++x;
      ++steps_;
    }
    return x;
  }

  const int* a_;
  const int* b_;
  int n_;
  int m_;
  std::size_t steps_max_;
  std::size_t steps_ = 0;
  std::vector<std::vector<int>> rounds_;
};

Kept compare(const Numbers& before, const Numbers& after, const DiffOptions& options,
             std::size_t& steps) {
  Kept kept{std::vector<bool>(before.size()), std::vector<bool>(after.size())};
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t head = 0;
  while (head < shorter && before[head] == after[head]) {
    kept.before[head] = kept.after[head] = true;
    ++head;
  }
  std::size_t tail = 0;
  while (tail < shorter - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
    ++tail;
    kept.before[before.size() - tail] = kept.after[after.size() - tail] = true;
  }
  const Search::Span left{head, before.size() - head - tail};
  const Search::Span right{head, after.size() - head - tail};
  if (left.size == 0 || right.size == 0) return kept;
  Search search(before, left, after, right, options.steps_max);
  if (search.run()) search.mark(kept, head, head);
  steps = search.steps();
  return kept;
}

// Writes the changes with their surroundings.
class Writer {
 public:
  Writer(const Lines& before, const Lines& after, const Kept& kept, std::size_t context)
      : before_(before), after_(after), kept_(kept), context_(context) {}

  Diff write() {
    while (seek_change()) write_hunk();
    return std::move(out_);
  }

 private:
  bool is_change() const {
    return (i_ < before_.size() && !kept_.before[i_]) || (j_ < after_.size() && !kept_.after[j_]);
  }
  bool seek_change() {
    while (i_ < before_.size() && !is_change()) step();
    return is_change();
  }
  void step() {
    ++i_;
    ++j_;
  }
  void put(char sign, std::string_view line) {
    body_ += sign;
    body_ += line;
    if (!line.ends_with('\n')) body_ += "\n\\ No newline at end of file\n";
  }

  void write_hunk() {
    const std::size_t lead = std::min(context_, i_ - done_);
    i_ -= lead;
    j_ -= lead;
    const std::size_t from = i_;
    const std::size_t to = j_;
    body_.clear();
    for (std::size_t same = 0; i_ < before_.size() || j_ < after_.size();) {
      if (is_change()) {
        same = 0;
        put_change();
      } else if (same == context_ && !change_within(context_)) {
        break;
      } else {
        same = std::min(same + 1, context_);
        put(' ', before_[i_]);
        step();
      }
    }
    done_ = i_;
    out_.text += "@@ -" + range(from, i_ - from) + " +" + range(to, j_ - to) + " @@\n" + body_;
  }

  void put_change() {
    for (; i_ < before_.size() && !kept_.before[i_]; ++i_, ++out_.removed) put('-', before_[i_]);
    for (; j_ < after_.size() && !kept_.after[j_]; ++j_, ++out_.added) put('+', after_[j_]);
  }

  // Whether a change begins so near that both belong into one hunk.
  bool change_within(std::size_t lines) const {
    for (std::size_t n = 0; n <= lines; ++n) {
      const bool gone = i_ + n < before_.size() && !kept_.before[i_ + n];
      const bool come = j_ + n < after_.size() && !kept_.after[j_ + n];
      if (gone || come) return true;
    }
    return false;
  }

  static std::string range(std::size_t start, std::size_t size) {
    const std::size_t shown = size == 0 ? start : start + 1;
    return std::to_string(shown) + (size == 1 ? "" : "," + std::to_string(size));
  }

  const Lines& before_;
  const Lines& after_;
  const Kept& kept_;
  const std::size_t context_;
  std::size_t i_ = 0;
  std::size_t j_ = 0;
  std::size_t done_ = 0;  // lines of `before` that hunks have shown
  std::string body_;
  Diff out_;
};

}  // namespace

Diff diff_lines(std::string_view before, std::string_view after, const DiffOptions& options) {
  if (before == after) return {};
  const Lines left = lines_of(before);
  const Lines right = lines_of(after);
  std::map<std::string_view, int> known;
  const Numbers left_numbers = numbers_of(left, known);
  const Numbers right_numbers = numbers_of(right, known);
  std::size_t steps = 0;
  const Kept kept = compare(left_numbers, right_numbers, options, steps);
  Diff diff = Writer(left, right, kept, options.context).write();
  diff.steps = steps + left.size() + right.size();
  return diff;
}

}  // namespace yoke::sandbox
