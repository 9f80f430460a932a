#include "tools/plugins/card_dates.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>

namespace yoke {
namespace {

using Milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of the year 9999

class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}

  std::optional<Milliseconds> read() {
    const int year_number = digits(4);
    if (!take('-')) return std::nullopt;
    const int month_number = digits(2);
    if (!take('-')) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year{year_number},
                                           std::chrono::month(static_cast<unsigned>(month_number)),
                                           std::chrono::day(static_cast<unsigned>(digits(2))));
    if (failed_ || !date.ok()) return std::nullopt;
    Milliseconds at = std::chrono::sys_days(date);
    if (ends()) return at;
    if (!take('T') && !take('t') && !take(' ')) return std::nullopt;
    return with_time(at);
  }

 private:
  std::optional<Milliseconds> with_time(Milliseconds at) {
    const int hours = digits(2);
    if (!take(':')) return std::nullopt;
    const int minutes = digits(2);
    const int seconds = take(':') ? digits(2) : 0;
    const int thousandths = take('.') ? fraction() : 0;
    if (failed_ || hours > 24 || minutes > 59 || seconds > 60) return std::nullopt;
    at += std::chrono::hours(hours) + std::chrono::minutes(minutes) +
          std::chrono::seconds(seconds) + std::chrono::milliseconds(thousandths);
    if (ends() || take('Z') || take('z')) return ends() ? std::optional(at) : std::nullopt;
    const bool west = take('-');
    if (!west && !take('+')) return std::nullopt;
    const int offset_hours = digits(2);
    take(':');
    const auto offset = std::chrono::minutes(60 * offset_hours + digits(2));
    if (failed_ || !ends()) return std::nullopt;
    return west ? at + offset : at - offset;
  }

  bool ends() const { return at_ >= text_.size(); }
  bool take(char c) {
    if (ends() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  int digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      if (ends() || text_[at_] < '0' || text_[at_] > '9') {
        failed_ = true;
        return 0;
      }
      value = 10 * value + (text_[at_] - '0');
    }
    return value;
  }
  int fraction() {
    int value = 0;
    int places = 0;
    for (; !ends() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      if (places++ < 3) value = 10 * value + (text_[at_] - '0');
    }
    for (; places < 3; ++places) value *= 10;
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

std::string_view standard_format(std::string_view format) {
  if (format.empty() || format == "o" || format == "O") return "yyyy-MM-ddTHH:mm:ss.fffZ";
  if (format.size() != 1) return format;
  switch (format.front()) {
    case 'd':
      return "MM/dd/yyyy";
    case 'D':
      return "dddd, dd MMMM yyyy";
    case 'f':
      return "dddd, dd MMMM yyyy HH:mm";
    case 'F':
      return "dddd, dd MMMM yyyy HH:mm:ss";
    case 'g':
      return "MM/dd/yyyy HH:mm";
    case 'G':
      return "MM/dd/yyyy HH:mm:ss";
    case 'm':
    case 'M':
      return "MMMM dd";
    case 's':
      return "yyyy-MM-ddTHH:mm:ss";
    case 't':
      return "HH:mm";
    case 'T':
      return "HH:mm:ss";
    case 'u':
      return "yyyy-MM-dd HH:mm:ssZ";
    case 'y':
    case 'Y':
      return "yyyy MMMM";
    default:
      return format;
  }
}

std::string padded(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

// One run of the same letter: "MMMM".
std::string date_part(char letter, std::size_t count, Milliseconds at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  const auto month = static_cast<unsigned>(date.month());
  const std::size_t weekday = std::chrono::weekday(day).c_encoding();
  const std::int64_t hour = time.hours().count();
  const std::size_t two = std::min<std::size_t>(count, 2);
  switch (letter) {
    case 'y':
      return count <= 2 ? padded(static_cast<int>(date.year()) % 100, count)
                        : padded(static_cast<int>(date.year()), count);
    case 'M':
      if (count >= 3) return std::string(kMonths[month - 1].substr(0, count == 3 ? 3 : 20));
      return padded(month, two);
    case 'd':
      if (count >= 3) return std::string(kWeekdays[weekday].substr(0, count == 3 ? 3 : 20));
      return padded(static_cast<unsigned>(date.day()), two);
    case 'H':
      return padded(hour, two);
    case 'h':
      return padded(hour % 12 == 0 ? 12 : hour % 12, two);
    case 'm':
      return padded(time.minutes().count(), two);
    case 's':
      return padded(time.seconds().count(), two);
    case 'f':
    case 'F':
      return padded(time.subseconds().count(), 3).substr(0, std::min<std::size_t>(count, 3));
    case 't':
      return std::string(hour < 12 ? "AM" : "PM").substr(0, two);
    case 'z':
      return "+00:00";
    default:  // K
      return "Z";
  }
}

std::string formatted(Milliseconds at, std::string_view format) {
  std::string out;
  for (std::size_t i = 0; i < format.size();) {
    const char c = format[i];
    if (c == '\'' || c == '"') {
      const std::size_t close = std::min(format.find(c, i + 1), format.size());
      out += format.substr(i + 1, close - i - 1);
      i = close + 1;
    } else if (c == '\\' && i + 1 < format.size()) {
      out += format[i + 1];
      i += 2;
    } else if (std::string_view("yMdHhmsfFtzK").find(c) != std::string_view::npos) {
      const std::size_t end = std::min(format.find_first_not_of(c, i), format.size());
      out += date_part(c, end - i, at);
      i = end;
    } else {
      if (c != '%') out += c;
      ++i;
    }
  }
  return out;
}

}  // namespace

Json format_card_date(std::string_view date, std::string_view format) {
  const std::optional<Milliseconds> at = DateReader(date).read();
  return at ? Json(formatted(*at, standard_format(format))) : Json(nullptr);
}

Json format_card_epoch(std::int64_t seconds, std::string_view format) {
  if (seconds > kSecondsMax || seconds < -kSecondsMax) return nullptr;
  return formatted(Milliseconds(std::chrono::seconds(seconds)), standard_format(format));
}

Json add_to_card_date(std::string_view date, std::int64_t seconds, std::string_view format) {
  const std::optional<Milliseconds> at = DateReader(date).read();
  if (!at || std::abs(seconds) > kSecondsMax) return nullptr;
  return formatted(*at + std::chrono::seconds(seconds), standard_format(format));
}

}  // namespace yoke
