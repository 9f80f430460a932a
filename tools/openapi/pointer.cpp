#include "tools/openapi/pointer.h"

#include "runtime/base/text.h"

namespace yoke::openapi {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string unescaped(std::string_view step) {
  std::string name;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const bool is_escape =
        step[i] == '~' && i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1');
    name += is_escape ? (step[i + 1] == '1' ? '/' : '~') : step[i];
    if (is_escape) ++i;
  }
  return name;
}

std::string shown(std::string_view reference) { return shorten(printable(reference), 200); }

}  // namespace

std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

Result<std::vector<std::string>> steps_of(std::string_view pointer) {
  std::vector<std::string> steps;
  if (pointer.empty()) return steps;
  if (pointer.front() != '/') {
    return Error{Errc::invalid, "'" + shown(pointer) + "' is no JSON pointer: begin it with '/'"};
  }
  for (const std::string& step : split(pointer.substr(1), '/')) steps.push_back(unescaped(step));
  return steps;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Error{Errc::invalid, "'" + shown(text) + "' has a '%' without two hex digits"};
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<std::string> local_pointer(std::string_view reference) {
  if (reference.empty() || reference.front() != '#') {
    return Error{Errc::unsupported, "$ref '" + shown(reference) +
                                        "' leads to another document, which is not fetched: put "
                                        "what it names into this one"};
  }
  Result<std::string> pointer = percent_decoded(reference.substr(1));
  if (!pointer) return pointer.error();
  if (!pointer->empty() && pointer->front() != '/') {
    return Error{Errc::unsupported,
                 "$ref '" + shown(reference) + "' names an anchor: write a JSON pointer, '#/…'"};
  }
  return std::move(*pointer);
}

}  // namespace yoke::openapi
