#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yoke {

// Header fields in the order they stand in the message. Names compare without regard to case.
class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<Field> fields) : fields_(fields) {}

  const std::string* find(std::string_view name) const;  // the first of that name, else null
  std::string_view get(std::string_view name) const;     // its value, else empty
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // True when a field of that name lists `token` between its commas.
  bool lists(std::string_view name, std::string_view token) const;

  void add(std::string name, std::string value);  // one more
  void set(std::string name, std::string value);  // instead of all others of that name
  void remove(std::string_view name);

  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII
// What may stand in a message: a field name is a token, a value has no control character but tab.
bool is_http_token(std::string_view text);
bool is_http_field_value(std::string_view text);

}  // namespace yoke
