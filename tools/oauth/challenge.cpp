#include "tools/oauth/challenge.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

class ChallengeReader {
 public:
  explicit ChallengeReader(std::string_view text) : text_(text) {}

  std::vector<AuthChallenge> read() {
    std::vector<AuthChallenge> all;
    while (true) {
      skip(", \t");
      const std::string word = token();
      if (word.empty()) return all;
      skip(" \t");
      const bool is_param = peek() == '=' && !all.empty();
      if (!is_param) {
        all.emplace_back().scheme = to_lower(word);
        skip_token68();
        continue;
      }
      ++at_;
      skip(" \t");
      std::optional<std::string> value = this->value();
      if (!value) return all;
      all.back().params.emplace_back(to_lower(word), std::move(*value));
    }
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip(std::string_view what) {
    while (at_ < text_.size() && what.find(text_[at_]) != what.npos) ++at_;
  }
  std::string token() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_http_token(text_.substr(at_, 1))) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  // The other form of what follows a scheme: "Negotiate abc==". It says nothing to us.
  void skip_token68() {
    const std::size_t end = std::min(text_.find_first_of(", \t", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    const std::size_t pad = word.find('=');
    const bool padded = pad == word.npos || word.find_first_not_of('=', pad) == word.npos;
    std::size_t next = end;
    while (next < text_.size() && (text_[next] == ' ' || text_[next] == '\t')) ++next;
    const bool alone = next == text_.size() || text_[next] == ',';
    if (!word.empty() && padded && alone) at_ = end;
  }
  std::optional<std::string> value() {
    if (peek() != '"') {
      std::string word = token();
      // Some leave the quotes of an address out.
      while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != ' ') word += text_[at_++];
      return word;
    }
    ++at_;
    std::string text;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return text;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      text += text_[at_];
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string AuthChallenge::param(std::string_view name) const {
  for (const auto& [known, value] : params) {
    if (known == name) return value;
  }
  return {};
}

std::vector<AuthChallenge> auth_challenges(const HttpHeaders& headers) {
  std::vector<AuthChallenge> all;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "WWW-Authenticate")) continue;
    for (AuthChallenge& each : ChallengeReader(value).read()) all.push_back(std::move(each));
  }
  return all;
}

std::optional<BearerChallenge> bearer_challenge(const HttpHeaders& headers) {
  for (const AuthChallenge& challenge : auth_challenges(headers)) {
    if (challenge.scheme != "bearer") continue;
    BearerChallenge bearer;
    bearer.resource_metadata = challenge.param("resource_metadata");
    bearer.scopes = scopes_of(challenge.param("scope"));
    bearer.error = challenge.param("error");
    return bearer;
  }
  return std::nullopt;
}

std::vector<std::string> scopes_of(std::string_view text) {
  std::vector<std::string> scopes;
  for (std::string& each : split(text, ' ')) {
    const bool known = std::find(scopes.begin(), scopes.end(), each) != scopes.end();
    if (!each.empty() && !known) scopes.push_back(std::move(each));
  }
  return scopes;
}

}  // namespace yoke
