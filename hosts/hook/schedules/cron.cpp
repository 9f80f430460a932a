#include "hosts/hook/schedules/cron.h"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kCronTextMax = 200;

struct FieldKind {
  std::string_view name;
  int least;
  int most;
  std::string_view words = {};  // three letters each, the first stands for `least`
};
constexpr std::array<FieldKind, 5> kCronFields{{
    {"minute", 0, 59},
    {"hour", 0, 23},
    {"day of the month", 1, 31},
    {"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
    {"day of the week", 0, 7, "SUNMONTUEWEDTHUFRISAT"},
}};

struct Nickname {
  std::string_view name;
  std::string_view fields;
};
constexpr std::array<Nickname, 7> kNicknames{{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};

Error wrong(const FieldKind& kind, std::string_view text, const std::string& why) {
  return Error{Errc::invalid, "cron: the " + std::string(kind.name) + " '" +
                                  shorten(printable(text), 40) + "' " + why};
}

std::string bounds(const FieldKind& kind) {
  return std::to_string(kind.least) + " to " + std::to_string(kind.most);
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text[0] == '-' || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

Result<int> value_of(const FieldKind& kind, std::string_view text) {
  const std::string word = to_upper(text);
  for (std::size_t at = 0; word.size() == 3 && at < kind.words.size(); at += 3) {
    if (kind.words.substr(at, 3) == word) return kind.least + static_cast<int>(at / 3);
  }
  const std::optional<int> value = number(text);
  if (!value) {
    return wrong(kind, text,
                 "is not understood: write " + bounds(kind) +
                     (kind.words.empty()
                          ? ""
                          : ", or three letters such as " + std::string(kind.words.substr(3, 3))) +
                     ", with lists \"1,2\", ranges \"1-5\" and steps \"*/2\"");
  }
  if (*value < kind.least || *value > kind.most) {
    return wrong(kind, text, "is out of range: " + bounds(kind));
  }
  return *value;
}

struct Span {
  int first = 0;
  int last = 0;
};

Result<Span> span_of(const FieldKind& kind, std::string_view text, bool has_step) {
  if (text == "*") return Span{kind.least, kind.most == 7 ? 6 : kind.most};
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    const Result<int> value = value_of(kind, text);
    if (!value) return value.error();
    if (has_step) {
      return wrong(kind, text,
                   "has a step but no range: write \"" + std::string(text) + "-" +
                       std::to_string(kind.most == 7 ? 6 : kind.most) + "/…\" or \"*/…\"");
    }
    return Span{*value, *value};
  }
  const Result<int> first = value_of(kind, text.substr(0, dash));
  if (!first) return first.error();
  const Result<int> last = value_of(kind, text.substr(dash + 1));
  if (!last) return last.error();
  if (*first > *last) {
    return wrong(kind, text,
                 "runs backwards: write it as a list of two ranges, or the smaller value first");
  }
  return Span{*first, *last};
}

Result<int> step_of(const FieldKind& kind, std::string_view text) {
  const std::optional<int> step = number(text);
  if (!step || *step < 1 || *step > kind.most) {
    return wrong(kind, text, "is no step: write 1 to " + std::to_string(kind.most));
  }
  return *step;
}

Result<std::uint64_t> set_of(const FieldKind& kind, std::string_view field) {
  std::uint64_t set = 0;
  for (const std::string& part : split(field, ',')) {
    const std::size_t slash = part.find('/');
    const bool has_step = slash != std::string::npos;
    const Result<Span> span = span_of(kind, std::string_view(part).substr(0, slash), has_step);
    if (!span) return span.error();
    Result<int> step = 1;
    if (has_step) step = step_of(kind, std::string_view(part).substr(slash + 1));
    if (!step) return step.error();
    for (int value = span->first; value <= span->last; value += *step) {
      set |= std::uint64_t{1} << value;
    }
  }
  return set;
}

// Signs that other programs understand, each in its own way.
std::optional<Error> foreign_sign(const FieldKind& kind, std::string_view field) {
  if (field == "?") return wrong(kind, field, "is not standard: write \"*\"");
  if (field.find('#') != std::string_view::npos) {
    return wrong(kind, field,
                 "is not standard: a weekday's place in the month cannot be said by cron; start "
                 "each week and let the agent look at the date");
  }
  const std::string word = to_upper(field);
  if (word == "L" || word == "LW" ||
      (word.size() > 1 && number(word.substr(0, word.size() - 1)) &&
       (word.back() == 'L' || word.back() == 'W'))) {
    return wrong(kind, field,
                 "is not standard: \"L\" and \"W\" mean other things elsewhere; write 28-31 and "
                 "let the agent look at the date, or the first of the month");
  }
  if (word[0] == 'H' && (word.size() == 1 || word[1] == '/' || word[1] == '(')) {
    return wrong(kind, field, "is not standard: write the number instead of \"H\"");
  }
  return std::nullopt;
}

Result<std::string_view> without_nickname(std::string_view text) {
  if (text.empty() || text[0] != '@') return text;
  std::vector<std::string> names;
  for (const Nickname& each : kNicknames) {
    if (to_upper(each.name) == to_upper(text)) return each.fields;
    names.emplace_back(each.name);
  }
  if (to_upper(text) == "@REBOOT") {
    return Error{Errc::invalid,
                 "cron: '@reboot' is no time: start the run by whatever starts the host"};
  }
  return Error{Errc::invalid, "cron: '" + shorten(printable(text), 40) + "' is not known" +
                                  did_you_mean(text, names) + ": there are " + join(names, ", ")};
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != '\t') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

int days_at_most(int month) {
  constexpr std::array<int, 12> kDays{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[static_cast<std::size_t>(month - 1)];
}

bool comes_at_all(const Cron& cron) {
  if (cron.either_day) return true;
  for (int month = 1; month <= 12; ++month) {
    if ((cron.months >> month & 1U) == 0) continue;
    for (int day = 1; day <= days_at_most(month); ++day) {
      if ((cron.days >> day & 1U) != 0) return true;
    }
  }
  return false;
}

}  // namespace

bool Cron::has_date(int month, int day, int weekday) const {
  if ((months >> month & 1U) == 0) return false;
  const bool by_day = (days >> day & 1U) != 0;
  const bool by_weekday = (weekdays >> weekday & 1U) != 0;
  return either_day ? by_day || by_weekday : by_day && by_weekday;
}

Result<Cron> parse_cron(std::string_view text) {
  if (text.size() > kCronTextMax) return Error{Errc::too_large, "cron: longer than 200 bytes"};
  const Result<std::string_view> plain = without_nickname(trim(text));
  if (!plain) return plain.error();
  const std::vector<std::string> words = words_of(*plain);
  if (words.size() != kCronFields.size()) {
    return Error{Errc::invalid, "cron: '" + shorten(printable(text), 60) + "' has " +
                                    std::to_string(words.size()) +
                                    " fields, not five: minute, hour, day of the month, month, day "
                                    "of the week, as in \"0 8 * * MON\"" +
                                    (words.size() > 5 ? "; seconds and years are not known" : "")};
  }
  std::array<std::uint64_t, 5> sets{};
  for (std::size_t i = 0; i < kCronFields.size(); ++i) {
    if (std::optional<Error> error = foreign_sign(kCronFields[i], words[i]))
      return std::move(*error);
    const Result<std::uint64_t> set = set_of(kCronFields[i], words[i]);
    if (!set) return set.error();
    sets[i] = *set;
  }
  Cron cron;
  cron.minutes = sets[0];
  cron.hours = static_cast<std::uint32_t>(sets[1]);
  cron.days = static_cast<std::uint32_t>(sets[2]);
  cron.months = static_cast<std::uint16_t>(sets[3]);
  const std::uint64_t sunday = sets[4] >> 7 & 1U;  // 7 is Sunday, too
  cron.weekdays = static_cast<std::uint8_t>((sets[4] | sunday) & 0x7fU);
  cron.either_day = words[2][0] != '*' && words[4][0] != '*';
  if (!comes_at_all(cron)) {
    return Error{Errc::invalid, "cron: '" + std::string(trim(text)) +
                                    "' never comes: those months have no such "
                                    "day"};
  }
  return cron;
}

}  // namespace yoke
