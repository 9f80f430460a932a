#include "hosts/hook/api/page.h"

#include <algorithm>

#include "runtime/base/base64.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kCursorBytesMax = 1024;

// RFC 4648, section 5, without padding: it stands in a query as it is.
std::string to_url_form(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::string from_url_form(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

}  // namespace

std::string to_cursor(std::string_view kind, std::string_view last) {
  return to_url_form(to_base64(std::string(kind) + ":" + std::string(last)));
}

Result<std::string> from_cursor(std::string_view kind, std::string_view cursor) {
  const Error wrong{Errc::invalid, "it is no cursor of this list: take `next` of the page before"};
  if (cursor.size() > kCursorBytesMax) return wrong;
  const std::optional<std::string> bytes = from_base64(from_url_form(std::string(cursor)));
  const std::string begin = std::string(kind) + ":";
  if (!bytes || !bytes->starts_with(begin) || !is_valid_utf8(*bytes)) return wrong;
  return bytes->substr(begin.size());
}

}  // namespace yoke
