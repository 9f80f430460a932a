#include "guards/detectors.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <memory>

#include "runtime/base/ensure.h"

namespace yoke::guards {
namespace {

using Digits = std::string;

Digits digits_of(std::string_view text) {
  Digits digits;
  for (const char each : text) {
    if (each >= '0' && each <= '9') digits += each;
  }
  return digits;
}

int digit(std::string_view digits, std::size_t at) { return digits[at] - '0'; }

template <std::size_t count>
int weighted(std::string_view digits, const std::array<int, count>& weights) {
  int sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += digit(digits, i) * weights[i];
  return sum;
}

bool is_day_and_month(int day, int month) {
  return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

bool is_card(std::string_view text) {
  const Digits digits = digits_of(text);
  if (digits.size() < 13 || digits.size() > 19) return false;
  const bool issued = std::string_view("23456").find(digits[0]) != std::string_view::npos;
  const bool one_digit = digits.find_first_not_of(digits[0]) == std::string::npos;
  return issued && !one_digit && passes_luhn(digits);
}

bool is_iban(std::string_view text) {
  std::string plain;
  for (const char each : text) {
    if (each != ' ' && each != '-') plain += each;
  }
  return passes_iban(plain);
}

bool is_phone(std::string_view text) {
  const Digits digits = digits_of(text);
  return digits.size() >= 8 && digits.size() <= 15;
}

bool is_us_ssn(std::string_view text) {
  const Digits digits = digits_of(text);
  const std::string area = digits.substr(0, 3);
  return area != "000" && area != "666" && digits[0] != '9' && digits.substr(3, 2) != "00" &&
         digits.substr(5) != "0000";
}

// Norway: eleven digits, a birthday (of D-numbers with 40 added to the day) and two check digits.
bool is_no_fnr(std::string_view text) {
  const Digits digits = digits_of(text);
  const int day = digit(digits, 0) * 10 + digit(digits, 1);
  const int month = digit(digits, 2) * 10 + digit(digits, 3);
  if (!is_day_and_month(day > 40 ? day - 40 : day, month)) return false;
  constexpr std::array<int, 10> kFirst{3, 7, 6, 1, 8, 9, 4, 5, 2, 1};
  constexpr std::array<int, 11> kSecond{5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
  return weighted(digits, kFirst) % 11 == 0 && weighted(digits, kSecond) % 11 == 0;
}

// Sweden: six digits of a birthday, four more, Luhn over all ten.
bool is_se_pnr(std::string_view text) {
  Digits digits = digits_of(text);
  if (digits.size() == 12) digits.erase(0, 2);
  const int day = digit(digits, 4) * 10 + digit(digits, 5);
  const int month = digit(digits, 2) * 10 + digit(digits, 3);
  return is_day_and_month(day > 60 ? day - 60 : day, month) && passes_luhn(digits);
}

// Spain: eight digits (of foreigners X, Y or Z and seven) and the letter that they give.
bool is_es_dni(std::string_view text) {
  int number = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const char each = text[i];
    if (each == '-') continue;
    number = number * 10 + (each >= 'X' && each <= 'Z' ? each - 'X' : each - '0');
  }
  constexpr std::string_view kLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
  return kLetters[static_cast<std::size_t>(number % 23)] == text.back();
}

bool is_uk_nino(std::string_view text) {
  const std::string_view prefix = text.substr(0, 2);
  for (const std::string_view never : {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}) {
    if (prefix == never) return false;
  }
  return true;
}

// A key's tail that is one letter again and again stands in an example.
bool is_varied(std::string_view text) {
  const std::string_view tail = text.substr(text.size() - std::min<std::size_t>(text.size(), 12));
  return tail.find_first_not_of(tail.back()) != std::string_view::npos;
}

struct Shape {
  std::string_view kind;
  const char* pattern;  // RE2; what is found is its whole match
  bool (*is_one)(std::string_view) = nullptr;
  bool apart = true;  // no letter or digit stands right before or after it
};

constexpr std::array kPersonal = {
    Shape{"email", R"([A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})"},
    Shape{"iban", R"([A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?)", is_iban},
    Shape{"card", R"([2-6][0-9]{3}(?:[ -]?[0-9]{2,6}){2,4}[ -]?[0-9]{1,4})", is_card},
    Shape{"us_ssn", R"([0-9]{3}-[0-9]{2}-[0-9]{4})", is_us_ssn},
    Shape{"uk_nino", R"([ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D])",
          is_uk_nino},
    Shape{"no_fnr", R"([0-9]{6} ?[0-9]{5})", is_no_fnr},
    Shape{"se_pnr", R"((?:[0-9]{2})?[0-9]{6}[-+][0-9]{4})", is_se_pnr},
    Shape{"es_dni", R"((?:[0-9]{8}|[XYZ]-?[0-9]{7})-?[A-Z])", is_es_dni},
    Shape{"phone", R"((?:\+|00)[1-9][0-9]{0,2}(?:[ .()/-]{0,2}[0-9]{1,5}){2,6})", is_phone},
    Shape{"phone", R"(\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4})", is_phone},
};

constexpr std::array kSecrets = {
    Shape{"private_key",
          R"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)"
          R"((?s:.*?)(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z))",
          nullptr, false},
    Shape{"anthropic_key", R"(sk-ant-[A-Za-z0-9_-]{20,200})", is_varied},
    Shape{"openai_key", R"(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,200})", is_varied},
    Shape{"aws_key", R"((?:AKIA|ASIA)[A-Z0-9]{16})", is_varied},
    Shape{"google_key", R"(AIza[A-Za-z0-9_-]{35})", is_varied},
    Shape{"github_token", R"((?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}))",
          is_varied},
    Shape{"gitlab_token", R"(glpat-[A-Za-z0-9_-]{20,64})", is_varied},
    Shape{"slack_token", R"(xox[abeoprs]-[A-Za-z0-9-]{10,250})", is_varied},
    Shape{"stripe_key", R"((?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250})", is_varied},
    Shape{"huggingface_token", R"(hf_[A-Za-z0-9]{30,64})", is_varied},
    Shape{"npm_token", R"(npm_[A-Za-z0-9]{36})", is_varied},
    Shape{"jwt", R"(\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})"},
    Shape{"url_password", R"([A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@]{1,100}:[^\s:/@]{3,200}@)",
          nullptr, false},
};

template <std::size_t count>
std::vector<std::string_view> names_in(const std::array<Shape, count>& shapes) {
  std::vector<std::string_view> names;
  for (const Shape& shape : shapes) {
    if (names.empty() || names.back() != shape.kind) names.push_back(shape.kind);
  }
  return names;
}

struct Compiled {
  const Shape* shape;
  std::unique_ptr<const re2::RE2> regex;
};

const std::vector<Compiled>& compiled() {
  static const std::vector<Compiled> all = [] {
    std::vector<Compiled> made;
    re2::RE2::Options options;
    options.set_log_errors(false);
    const auto add = [&](const Shape& shape) {
      auto regex = std::make_unique<const re2::RE2>(shape.pattern, options);
      ENSURE(regex->ok());
      made.push_back(Compiled{&shape, std::move(regex)});
    };
    for (const Shape& shape : kPersonal) add(shape);
    for (const Shape& shape : kSecrets) add(shape);
    return made;
  }();
  return all;
}

bool is_word(char each) {
  return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
         (each >= 'A' && each <= 'Z');
}

bool stands_apart(std::string_view text, std::size_t from, std::size_t to) {
  return (from == 0 || !is_word(text[from - 1])) && (to == text.size() || !is_word(text[to]));
}

void find_shape(std::string_view text, const Compiled& one, std::vector<Found>& found) {
  const re2::StringPiece whole(text.data(), text.size());
  std::size_t at = 0;
  re2::StringPiece match;
  while (at < text.size() &&
         one.regex->Match(whole, at, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    const std::size_t from = static_cast<std::size_t>(match.data() - text.data());
    const std::size_t to = from + match.size();
    const bool apart = !one.shape->apart || stands_apart(text, from, to);
    const bool is =
        apart && (one.shape->is_one == nullptr || one.shape->is_one(text.substr(from, to - from)));
    if (is) found.push_back(Found{one.shape->kind, from, to});
    if (is) {
      at = to;
      continue;
    }
    // What is none may begin inside: at the next place where a word begins.
    at = from + 1;
    while (at < to && is_word(text[at]) && is_word(text[at - 1])) ++at;
  }
}

}  // namespace

std::span<const std::string_view> personal_kinds() {
  static const std::vector<std::string_view> names = names_in(kPersonal);
  return names;
}

std::span<const std::string_view> secret_kinds() {
  static const std::vector<std::string_view> names = names_in(kSecrets);
  return names;
}

bool is_kind(std::string_view name) {
  const auto in = [name](std::span<const std::string_view> kinds) {
    return std::find(kinds.begin(), kinds.end(), name) != kinds.end();
  };
  return in(personal_kinds()) || in(secret_kinds());
}

std::vector<Found> find_kinds(std::string_view text, std::span<const std::string_view> kinds) {
  std::vector<Found> all;
  for (const Compiled& one : compiled()) {
    const bool wanted = std::find(kinds.begin(), kinds.end(), one.shape->kind) != kinds.end();
    if (wanted) find_shape(text, one, all);
  }
  std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    return a.from != b.from ? a.from < b.from : a.to > b.to;
  });
  std::vector<Found> apart;
  for (const Found& each : all) {
    if (apart.empty() || each.from >= apart.back().to) {
      apart.push_back(each);
    } else {
      apart.back().to = std::max(apart.back().to, each.to);
    }
  }
  return apart;
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i > 0; --i) {
    int value = digit(digits, i - 1) * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
    twice = !twice;
  }
  return !digits.empty() && sum % 10 == 0;
}

bool passes_iban(std::string_view iban) {
  if (iban.size() < 15 || iban.size() > 34) return false;
  int rest = 0;
  const std::string turned = std::string(iban.substr(4)) + std::string(iban.substr(0, 4));
  for (const char each : turned) {
    const int value = each >= 'A' ? each - 'A' + 10 : each - '0';
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest == 1;
}

}  // namespace yoke::guards
