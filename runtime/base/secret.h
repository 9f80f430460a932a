#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <utility>

namespace yoke {

// A key or password. It can be moved about and compared with nothing; only reveal() gives the text,
// and what calls it puts the text into a request header and nowhere else. It has no text form, so it
// cannot slip into a log, a message or a journal.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }

 private:
  std::string text_;
};

std::ostream& operator<<(std::ostream& out, const Secret& secret) = delete;
void to_json(nlohmann::json& json, const Secret& secret) = delete;

}  // namespace yoke
