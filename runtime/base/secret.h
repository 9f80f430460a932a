#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <utility>

namespace yoke {

// A key or password. Only reveal() gives its text, and what calls that puts the text into a
// request header and nowhere else. It cannot be printed or made JSON, so that it gets into no log,
// message or journal.
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
