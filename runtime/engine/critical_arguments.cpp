#include "runtime/engine/critical_arguments.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kShortBytesMax = 200;
constexpr std::size_t kAddressesMax = 50;
constexpr int kDepthMax = 16;

using Named = std::pair<std::string_view, CriticalKind>;

constexpr std::array kNames{
    Named{"to", CriticalKind::recipient},       Named{"cc", CriticalKind::recipient},
    Named{"bcc", CriticalKind::recipient},      Named{"recipient", CriticalKind::recipient},
    Named{"receiver", CriticalKind::recipient}, Named{"addressee", CriticalKind::recipient},
    Named{"email", CriticalKind::recipient},    Named{"mail", CriticalKind::recipient},
    Named{"phone", CriticalKind::recipient},    Named{"channel", CriticalKind::recipient},
    Named{"chat", CriticalKind::recipient},     Named{"room", CriticalKind::recipient},
    Named{"user", CriticalKind::recipient},     Named{"username", CriticalKind::recipient},
    Named{"member", CriticalKind::recipient},   Named{"invitee", CriticalKind::recipient},
    Named{"attendee", CriticalKind::recipient}, Named{"participant", CriticalKind::recipient},
    Named{"url", CriticalKind::place},          Named{"uri", CriticalKind::place},
    Named{"href", CriticalKind::place},         Named{"host", CriticalKind::place},
    Named{"hostname", CriticalKind::place},     Named{"domain", CriticalKind::place},
    Named{"endpoint", CriticalKind::place},     Named{"webhook", CriticalKind::place},
    Named{"server", CriticalKind::place},       Named{"path", CriticalKind::path},
    Named{"file", CriticalKind::path},          Named{"filename", CriticalKind::path},
    Named{"filepath", CriticalKind::path},      Named{"folder", CriticalKind::path},
    Named{"directory", CriticalKind::path},     Named{"dir", CriticalKind::path},
    Named{"destination", CriticalKind::path},   Named{"dest", CriticalKind::path},
    Named{"account", CriticalKind::account},    Named{"iban", CriticalKind::account},
    Named{"payee", CriticalKind::account},      Named{"beneficiary", CriticalKind::account},
    Named{"amount", CriticalKind::account},     Named{"password", CriticalKind::account},
};

constexpr std::array<std::string_view, 5> kTails = {"id", "name", "address", "number", "no"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z'); }

// "replyTo", "reply_to", "Reply-To": reply, to.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool begins = is_upper(c) && i > 0 && !is_upper(name[i - 1]);
    if (!words.back().empty() && (begins || !is_alnum(c))) words.emplace_back();
    if (is_alnum(c)) words.back() += to_lower(c);
  }
  if (words.size() > 1 && words.back().empty()) words.pop_back();
  return words;
}

std::optional<CriticalKind> kind_of_word(std::string word) {
  for (int turn = 0; turn < 2; ++turn) {
    for (const auto& [name, kind] : kNames) {
      if (name == word) return kind;
    }
    if (!word.ends_with('s')) break;  // "recipients", "addresses"
    word.pop_back();
  }
  return std::nullopt;
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == text.npos || at == 0 || text.find('@', at + 1) != text.npos) return false;
  const std::string_view host = text.substr(at + 1);
  const std::size_t dot = host.rfind('.');
  return dot != host.npos && dot > 0 && dot + 2 < host.size() + 1 && host.size() - dot > 2;
}

// Two letters, two digits, eleven to thirty more; spaces between groups are allowed.
bool is_iban(std::string_view text) {
  std::string bare(text);
  std::erase(bare, ' ');
  if (bare.size() < 15 || bare.size() > 34) return false;
  if (!std::all_of(bare.begin(), bare.end(), is_alnum)) return false;
  return is_upper(bare[0]) && is_upper(bare[1]) && is_digit(bare[2]) && is_digit(bare[3]);
}

bool is_url(std::string_view text) {
  return text.find("://") != text.npos || text.starts_with("www.") || text.starts_with("mailto:");
}

// "evil.example/login": a host's name and a path, without a scheme.
bool is_bare_url(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos || slash + 1 >= text.size()) return false;
  const std::string_view host = text.substr(0, slash);
  const std::size_t dot = host.rfind('.');
  if (dot == host.npos || dot == 0 || host.size() - dot < 3) return false;
  const std::string_view top = host.substr(dot + 1);
  return std::none_of(top.begin(), top.end(), [](char c) { return !is_alnum(c) || is_digit(c); });
}

bool has_space(std::string_view text) { return text.find_first_of(" \t\r\n") != text.npos; }

using Visit = std::function<void(const std::string& path, const std::string& name, const Json&)>;

// Every value that has no parts; `name` is of the nearest field.
void walk(const Json& value, const std::string& path, const std::string& name, const Visit& visit,
          int depth = 0) {
  if (depth > kDepthMax) return visit(path, name, Json(to_text(value)));
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      walk(member, path.empty() ? key : path + "." + key, key, visit, depth + 1);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      walk(value[i], path + "[" + std::to_string(i) + "]", name, visit, depth + 1);
    }
  } else if (!value.is_null() && !value.is_boolean()) {
    visit(path, name, value);
  }
}

std::string words_in(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

// "message.to" names message.to, message.to[1] and what is below it.
bool is_named(const std::vector<std::string>& declared, std::string_view path) {
  return std::any_of(declared.begin(), declared.end(), [&](const std::string& name) {
    if (!path.starts_with(name)) return false;
    return path.size() == name.size() || path[name.size()] == '.' || path[name.size()] == '[';
  });
}

// "Ann <ann@x.example>; bob@x.example": ann@x.example, bob@x.example.
std::vector<std::string> recipients_in(const std::string& text) {
  if (text.find('@') == text.npos) return {text};
  std::vector<std::string> found(1);
  for (const char c : text) {
    if (c == ',' || c == ';' || c == '\n') {
      found.emplace_back();
    } else {
      found.back() += c;
    }
  }
  for (std::string& one : found) {
    const std::size_t open = one.rfind('<');
    const std::size_t close = one.rfind('>');
    if (open != one.npos && close != one.npos && open < close) {
      one = one.substr(open + 1, close - open - 1);
    }
    one = std::string(trim(one));
  }
  std::erase(found, "");
  return found.empty() ? std::vector<std::string>{text} : found;
}

void add_value(std::vector<ArgumentValue>& out, const std::string& path, const Json& value,
               CriticalKind kind) {
  const std::string words = words_in(value);
  if (trim(words).empty()) return;
  if (kind != CriticalKind::recipient) {
    out.push_back(ArgumentValue{path, words, kind});
    return;
  }
  for (std::string& one : recipients_in(words)) {
    out.push_back(ArgumentValue{path, std::move(one), kind});
  }
}

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens(1);
  for (const char c : text) {
    if (std::string_view(" \t\r\n<>\"'()[]{},;|`").find(c) == std::string_view::npos) {
      tokens.back() += c;
    } else if (!tokens.back().empty()) {
      tokens.emplace_back();
    }
  }
  for (std::string& token : tokens) {
    while (!token.empty() && std::string_view(".,!?:*_").find(token.back()) != token.npos) {
      token.pop_back();
    }
  }
  return tokens;
}

}  // namespace

std::optional<CriticalKind> kind_by_name(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  if (const auto kind = kind_of_word(words.back())) return kind;
  const bool tail = std::find(kTails.begin(), kTails.end(), words.back()) != kTails.end();
  if (!tail || words.size() < 2) return std::nullopt;
  return kind_of_word(words[words.size() - 2]);
}

std::optional<CriticalKind> kind_by_form(std::string_view value) {
  const std::string_view text = trim(value);
  if (is_iban(text)) return CriticalKind::account;
  if (text.empty() || text.size() > 2'000 || has_space(text)) return std::nullopt;
  if (is_url(text)) return CriticalKind::place;
  if (is_email(text)) return CriticalKind::recipient;
  const bool absolute = text.starts_with('/') || text.starts_with("~/") || text.starts_with("../");
  if (absolute && text.size() > 1) return CriticalKind::path;
  return std::nullopt;
}

std::vector<ArgumentValue> critical_values(
    const Json& args, const std::optional<std::vector<std::string>>& declared) {
  std::vector<ArgumentValue> out;
  walk(args, "", "", [&](const std::string& path, const std::string& name, const Json& value) {
    const auto by_name = kind_by_name(name);
    if (declared) {
      if (is_named(*declared, path)) {
        const auto by_form = kind_by_form(words_in(value));
        add_value(out, path, value, by_name.value_or(by_form.value_or(CriticalKind::account)));
      }
      return;
    }
    if (by_name) return add_value(out, path, value, *by_name);
    if (!value.is_string()) return;
    if (const auto by_form = kind_by_form(value.get<std::string>())) {
      add_value(out, path, value, *by_form);
    }
  });
  return out;
}

std::vector<ArgumentValue> all_values(const Json& args) {
  std::vector<ArgumentValue> out;
  walk(args, "", "", [&](const std::string& path, const std::string& name, const Json& value) {
    const CriticalKind kind = kind_by_name(name).value_or(CriticalKind::account);
    out.push_back(ArgumentValue{path, words_in(value), kind});
  });
  return out;
}

std::vector<ArgumentValue> short_values(const Json& args) {
  std::vector<ArgumentValue> out = all_values(args);
  std::erase_if(out, [](const ArgumentValue& one) { return one.value.size() > kShortBytesMax; });
  return out;
}

std::vector<ArgumentValue> addresses_within(const Json& args,
                                            const std::vector<ArgumentValue>& critical) {
  std::set<std::string> taken;
  for (const ArgumentValue& one : critical) taken.insert(one.argument);
  std::vector<ArgumentValue> out;
  walk(args, "", "", [&](const std::string& path, const std::string&, const Json& value) {
    if (taken.contains(path) || !value.is_string()) return;
    for (const std::string& token : tokens_of(value.get<std::string>())) {
      if (out.size() == kAddressesMax) return;
      auto kind = kind_by_form(token);
      if (!kind && is_bare_url(token)) kind = CriticalKind::place;
      if (kind && *kind != CriticalKind::path) out.push_back(ArgumentValue{path, token, *kind});
    }
  });
  return out;
}

}  // namespace yoke
