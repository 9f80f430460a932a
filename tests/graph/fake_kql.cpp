#include "tests/graph/fake_kql.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace yoke::testing {
namespace {

std::string small(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string spaced(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 3, "%20") == 0) {
      out += ' ';
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

class Kql {
 public:
  Kql(const std::string& query, const FakeIndexed& item) : query_(query), item_(item) {}

  bool whole() {
    const bool found = any();
    skip();
    if (at_ < query_.size()) throw std::runtime_error("a closing bracket that opens nowhere");
    return found;
  }

 private:
  void skip() {
    while (at_ < query_.size() && query_[at_] == ' ') ++at_;
  }
  bool ends() {
    skip();
    return at_ >= query_.size() || query_[at_] == ')';
  }
  bool takes(const std::string& word) {
    skip();
    if (query_.compare(at_, word.size(), word) != 0) return false;
    const std::size_t end = at_ + word.size();
    if (end < query_.size() && query_[end] != ' ' && query_[end] != '(') return false;
    at_ = end;
    return true;
  }

  bool any() {
    bool found = all();
    while (takes("OR")) {
      const bool other = all();
      found = found || other;
    }
    return found;
  }

  bool all() {
    bool found = one();
    for (;;) {
      if (ends()) return found;
      const std::size_t before = at_;
      if (takes("OR")) {
        at_ = before;
        return found;
      }
      takes("AND");
      const bool other = one();
      found = found && other;
    }
  }

  bool one() {
    if (ends()) throw std::runtime_error("an operator without its side, or nothing in brackets");
    if (takes("NOT")) return !one();
    if (query_[at_] == '(') {
      ++at_;
      const bool found = any();
      skip();
      if (at_ >= query_.size() || query_[at_] != ')') {
        throw std::runtime_error("a bracket that is not closed");
      }
      ++at_;
      return found;
    }
    return term();
  }

  std::string text() {
    if (at_ < query_.size() && query_[at_] == '"') {
      const std::size_t end = query_.find('"', at_ + 1);
      if (end == std::string::npos) throw std::runtime_error("a quote that is not closed");
      std::string inner = query_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return inner;
    }
    const std::size_t end = query_.find_first_of(" ()\":<>=", at_);
    std::string word = query_.substr(at_, end == std::string::npos ? end : end - at_);
    at_ += word.size();
    return word;
  }

  bool term() {
    const std::size_t before = at_;
    std::string word = text();
    for (const char* sign : {":", ">=", "<="}) {
      const std::string mark(sign);
      if (query_.compare(at_, mark.size(), mark) != 0 || query_[before] == '"') continue;
      at_ += mark.size();
      return restriction(small(word), mark, text());
    }
    if (at_ == before) throw std::runtime_error("a mark where a word is due");
    return small(item_.text).find(small(word)) != std::string::npos;
  }

  bool restriction(const std::string& name, const std::string& sign, const std::string& value) {
    static const std::set<std::string> known = {"path", "siteid",   "webid", "listid", "uniqueid",
                                                "from", "received", "sent",  "status"};
    if (!known.contains(name)) throw std::runtime_error("there is no property " + name);
    if (value.empty()) throw std::runtime_error("the property " + name + " has no value");
    const auto found = item_.properties.find(name);
    const std::string own = found == item_.properties.end() ? "" : small(found->second);
    const std::string wanted = small(value);
    if (sign == ">=") return own.substr(0, wanted.size()) >= wanted;
    if (sign == "<=") return own.substr(0, wanted.size()) <= wanted;
    // As the service: what begins so is found, "Folder10" by "Folder1" too.
    if (name == "path") return spaced(own).starts_with(spaced(wanted));
    if (name == "from") return own.find(wanted) != std::string::npos;
    return own == wanted;
  }

  const std::string& query_;
  const FakeIndexed& item_;
  std::size_t at_ = 0;
};

}  // namespace

bool kql_finds(const std::string& query, const FakeIndexed& item) {
  return Kql(query, item).whole();
}

}  // namespace yoke::testing
