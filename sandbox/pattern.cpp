#include "sandbox/pattern.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "sandbox/context.h"

namespace yoke::sandbox {

namespace {

constexpr std::int64_t kStepsBetweenCharges = 4'096;

bool is_between(unsigned char c, char low, char high) {
  return c >= static_cast<unsigned char>(low) && c <= static_cast<unsigned char>(high);
}
bool is_lower(unsigned char c) { return is_between(c, 'a', 'z'); }
bool is_upper(unsigned char c) { return is_between(c, 'A', 'Z'); }
bool is_digit(unsigned char c) { return is_between(c, '0', '9'); }
bool is_alnum(unsigned char c) { return is_lower(c) || is_upper(c) || is_digit(c); }
bool is_hex(unsigned char c) {
  return is_digit(c) || is_between(c, 'a', 'f') || is_between(c, 'A', 'F');
}

}  // namespace

// The classes as the C locale has them, whatever locale the process is in.
bool in_class(unsigned char c, unsigned char letter) {
  bool found = false;
  switch (is_upper(letter) ? letter - 'A' + 'a' : letter) {
    case 'a':
      found = is_lower(c) || is_upper(c);
      break;
    case 'c':
      found = c < 32 || c == 127;
      break;
    case 'd':
      found = is_digit(c);
      break;
    case 'g':
      found = is_between(c, '!', '~');
      break;
    case 'l':
      found = is_lower(c);
      break;
    case 'p':
      found = is_between(c, '!', '~') && !is_alnum(c);
      break;
    case 's':
      found = c == ' ' || is_between(c, '\t', '\r');
      break;
    case 'u':
      found = is_upper(c);
      break;
    case 'w':
      found = is_alnum(c);
      break;
    case 'x':
      found = is_hex(c);
      break;
    case 'z':  // of old: the byte 0
      found = c == 0;
      break;
    default:
      return letter == c;
  }
  return is_upper(letter) ? !found : found;
}

Matcher::Matcher(lua_State* L, std::string_view subject, std::string_view pattern)
    : L_(L),
      governor_(governor_of(L)),
      scratch_(context_of(L).match_scratch),
      subject_(subject),
      pattern_(pattern) {
  scratch_.sets.clear();
  scratch_.owner = this;
}

void Matcher::complain(const char* what) const {
  luaL_error(L_, "malformed pattern (%s)", what);
  std::abort();  // luaL_error does not return; its declaration does not say so
}

void Matcher::spend(std::int64_t steps) {
  steps_ += steps;
  if (steps_ >= kStepsBetweenCharges) settle();
}

void Matcher::settle() {
  const std::int64_t steps = steps_;
  steps_ = 0;
  governor_.charge_pattern(L_, steps);
}

bool Matcher::match_at(std::size_t start) {
  if (scratch_.owner != this) {  // a callback between two matches has used it
    scratch_.sets.clear();
    scratch_.owner = this;
  }
  scratch_.choices.clear();
  captures_ = 0;
  std::size_t s = start;
  std::size_t p = 0;
  spend(1);
  Outcome outcome = Outcome::go_on;
  while (outcome != Outcome::matched) {
    outcome = step(s, p);
    if (outcome == Outcome::failed && !go_back(s, p)) break;
  }
  settle();
  end_ = s;
  return outcome == Outcome::matched;
}

Matcher::Outcome Matcher::step(std::size_t& s, std::size_t& p) {
  if (p == pattern_.size()) return Outcome::matched;
  switch (pattern_[p]) {
    case '(':
      return open_capture(s, p);
    case ')':
      return close_capture(s, p);
    case '%':
      return step_percent(s, p);
    case '$':
      if (p + 1 != pattern_.size()) return step_single(s, p);
      ++p;
      return s == subject_.size() ? Outcome::go_on : Outcome::failed;
    default:
      return step_single(s, p);
  }
}

Matcher::Outcome Matcher::step_percent(std::size_t& s, std::size_t& p) {
  const char next = p + 1 < pattern_.size() ? pattern_[p + 1] : '\0';
  if (next == 'b') return step_balance(s, p);
  if (next == 'f') return step_frontier(s, p);
  if (is_digit(static_cast<unsigned char>(next))) return step_back_reference(s, p);
  return step_single(s, p);
}

// One character class, with the repetition that may follow it.
Matcher::Outcome Matcher::step_single(std::size_t& s, std::size_t& p) {
  using Kind = MatchScratch::Choice::Kind;
  const std::size_t next = item_end(p);
  const char mark = next < pattern_.size() ? pattern_[next] : '\0';
  if (mark == '*' || mark == '+') {
    std::size_t count = 0;
    while (matches_single(s + count, p)) ++count;
    const std::size_t least = mark == '+' ? 1 : 0;
    if (count < least) return Outcome::failed;
    if (count > least) remember({Kind::longest, 0, s + least, p, next + 1, count - least});
    s += count;
    p = next + 1;
    return Outcome::go_on;
  }
  if (mark == '-') {
    remember({Kind::shortest, 0, s, p, next, 0});
    p = next + 1;
    return Outcome::go_on;
  }
  const bool matched = matches_single(s, p);
  if (mark == '?') {
    if (matched) remember({Kind::other_way, 0, s, p, next + 1, 0});
    s += matched ? 1 : 0;
    p = next + 1;
    return Outcome::go_on;
  }
  if (!matched) return Outcome::failed;
  ++s;
  p = next;
  return Outcome::go_on;
}

Matcher::Outcome Matcher::step_balance(std::size_t& s, std::size_t& p) {
  if (p + 3 >= pattern_.size()) complain("'%b' needs two characters");
  if (s >= subject_.size() || subject_[s] != pattern_[p + 2]) {
    spend(1);
    return Outcome::failed;
  }
  const char open = pattern_[p + 2];
  const char close = pattern_[p + 3];
  std::int64_t depth = 1;
  for (std::size_t at = s + 1; at < subject_.size(); ++at) {
    spend(1);
    if (subject_[at] == close) {
      if (--depth == 0) {
        s = at + 1;
        p += 4;
        return Outcome::go_on;
      }
    } else if (subject_[at] == open) {
      ++depth;
    }
  }
  return Outcome::failed;
}

Matcher::Outcome Matcher::step_frontier(std::size_t& s, std::size_t& p) {
  const std::size_t set = p + 2;
  if (set >= pattern_.size() || pattern_[set] != '[') complain("'%f' needs a '[' after it");
  const MatchScratch::Set& found = set_at(set);
  spend(1);
  const auto before = static_cast<unsigned char>(s == 0 ? '\0' : subject_[s - 1]);
  const auto here = static_cast<unsigned char>(s < subject_.size() ? subject_[s] : '\0');
  if (found.members[before] || !found.members[here]) return Outcome::failed;
  p = found.end;
  return Outcome::go_on;
}

Matcher::Outcome Matcher::step_back_reference(std::size_t& s, std::size_t& p) {
  const int index = check_capture(pattern_[p + 1] - '1');
  const Capture& capture = capture_[static_cast<std::size_t>(index)];
  if (capture.size == kPosition) return Outcome::failed;  // a position is no text to find again
  const auto size = static_cast<std::size_t>(capture.size);
  spend(1 + static_cast<std::int64_t>(size / 16));
  if (subject_.size() - s < size) return Outcome::failed;
  if (subject_.substr(capture.start, size) != subject_.substr(s, size)) return Outcome::failed;
  s += size;
  p += 2;
  return Outcome::go_on;
}

Matcher::Outcome Matcher::open_capture(std::size_t& s, std::size_t& p) {
  if (captures_ >= kCapturesMax) luaL_error(L_, "too many captures");
  const bool position = p + 1 < pattern_.size() && pattern_[p + 1] == ')';
  capture_[static_cast<std::size_t>(captures_)] = {s, position ? kPosition : kOpen};
  ++captures_;
  remember({MatchScratch::Choice::Kind::opened, 0, 0, 0, 0, 0});
  p += position ? 2 : 1;
  return Outcome::go_on;
}

Matcher::Outcome Matcher::close_capture(std::size_t& s, std::size_t& p) {
  for (int index = captures_ - 1; index >= 0; --index) {
    Capture& capture = capture_[static_cast<std::size_t>(index)];
    if (capture.size != kOpen) continue;
    capture.size = static_cast<std::ptrdiff_t>(s - capture.start);
    remember({MatchScratch::Choice::Kind::closed, index, 0, 0, 0, 0});
    ++p;
    return Outcome::go_on;
  }
  complain("')' closes nothing");
}

void Matcher::remember(const MatchScratch::Choice& choice) {
  if (scratch_.choices.size() >= kChoicesMax) luaL_error(L_, "pattern too complex");
  scratch_.choices.push_back(choice);
}

// Takes up the latest choice that has another way to go.
bool Matcher::go_back(std::size_t& s, std::size_t& p) {
  using Kind = MatchScratch::Choice::Kind;
  auto& choices = scratch_.choices;
  while (!choices.empty()) {
    MatchScratch::Choice& choice = choices.back();
    spend(1);
    switch (choice.kind) {
      case Kind::opened:
        --captures_;
        break;
      case Kind::closed:
        capture_[static_cast<std::size_t>(choice.capture)].size = kOpen;
        break;
      case Kind::other_way:
        s = choice.subject;
        p = choice.next;
        choices.pop_back();
        return true;
      case Kind::longest:
        --choice.count;
        s = choice.subject + choice.count;
        p = choice.next;
        if (choice.count == 0) choices.pop_back();
        return true;
      case Kind::shortest:
        if (!matches_single(choice.subject, choice.pattern)) break;
        s = ++choice.subject;
        p = choice.next + 1;
        return true;
    }
    choices.pop_back();
  }
  return false;
}

// Where the single-character item at `p` ends.
std::size_t Matcher::item_end(std::size_t p) {
  if (pattern_[p] == '%') {
    if (p + 1 >= pattern_.size()) complain("it ends with '%'");
    return p + 2;
  }
  return pattern_[p] == '[' ? set_at(p).end : p + 1;
}

std::size_t Matcher::set_end(std::size_t p) const {
  std::size_t at = p + 1;
  if (at < pattern_.size() && pattern_[at] == '^') ++at;
  bool first = true;  // a ']' that comes first is a member
  while (true) {
    if (at >= pattern_.size()) complain("']' is missing");
    if (pattern_[at] == ']' && !first) return at + 1;
    first = false;
    at += pattern_[at] == '%' && at + 1 < pattern_.size() ? 2 : 1;
  }
}

const MatchScratch::Set& Matcher::set_at(std::size_t p) {
  for (const MatchScratch::Set& set : scratch_.sets) {
    if (set.at == p) return set;
  }
  if (scratch_.sets.size() >= 16) scratch_.sets.clear();
  MatchScratch::Set set{p, set_end(p), {}};
  const std::size_t last = set.end - 1;  // the ']'
  spend(static_cast<std::int64_t>(set.end - p));
  std::size_t at = p + 1;
  const bool inverted = pattern_[at] == '^';
  if (inverted) ++at;
  while (at < last) {
    const auto c = static_cast<unsigned char>(pattern_[at]);
    if (c == '%' && at + 1 < set.end) {
      const auto letter = static_cast<unsigned char>(pattern_[at + 1]);
      for (unsigned b = 0; b < 256; ++b) {
        if (in_class(static_cast<unsigned char>(b), letter)) set.members.set(b);
      }
      at += 2;
    } else if (at + 2 < last && pattern_[at + 1] == '-') {
      const auto high = static_cast<unsigned char>(pattern_[at + 2]);
      for (unsigned b = c; b <= high; ++b) set.members.set(b);
      at += 3;
    } else {
      set.members.set(c);
      ++at;
    }
  }
  if (inverted) set.members.flip();
  scratch_.sets.push_back(set);
  return scratch_.sets.back();
}

bool Matcher::matches_single(std::size_t s, std::size_t p) {
  spend(1);
  if (s >= subject_.size()) return false;
  const auto c = static_cast<unsigned char>(subject_[s]);
  switch (pattern_[p]) {
    case '.':
      return true;
    case '%':
      return in_class(c, static_cast<unsigned char>(pattern_[p + 1]));
    case '[':
      return set_at(p).members[c];
    default:
      return static_cast<unsigned char>(pattern_[p]) == c;
  }
}

int Matcher::check_capture(int index) const {
  if (index < 0 || index >= captures_ || capture_[static_cast<std::size_t>(index)].size == kOpen) {
    luaL_error(L_, "invalid capture index %%%d", index + 1);
  }
  return index;
}

bool Matcher::capture_is_position(int index) const {
  return index < captures_ && capture_[static_cast<std::size_t>(index)].size == kPosition;
}

std::string_view Matcher::capture_text(int index, std::size_t start) const {
  if (index >= captures_) {
    if (index != 0) luaL_error(L_, "invalid capture index %%%d", index + 1);
    return subject_.substr(start, end_ - start);
  }
  const Capture& capture = capture_[static_cast<std::size_t>(index)];
  if (capture.size == kOpen) complain("'(' is never closed");
  return subject_.substr(capture.start, static_cast<std::size_t>(capture.size));
}

void Matcher::push_capture(int index, std::size_t start) const {
  if (capture_is_position(index)) {
    const auto at = capture_[static_cast<std::size_t>(index)].start + 1;
    lua_pushinteger(L_, static_cast<lua_Integer>(at));
    return;
  }
  const std::string_view text = capture_text(index, start);
  governor_.charge_copy(L_, text.size());
  lua_pushlstring(L_, text.data(), text.size());
}

int Matcher::push_captures(std::size_t start, bool whole_if_none) const {
  const int count = captures_ == 0 && whole_if_none ? 1 : captures_;
  luaL_checkstack(L_, count, "too many captures");
  for (int index = 0; index < count; ++index) push_capture(index, start);
  return count;
}

}  // namespace yoke::sandbox
