#include "hosts/hook/trace_parent.h"

#include <algorithm>

namespace yoke {
namespace {

constexpr const char* kTraceParent = "traceparent";
constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;

bool is_hex_id(std::string_view text, std::size_t digits) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == digits && std::all_of(text.begin(), text.end(), hex) &&
         text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view text) {
  constexpr std::size_t kLength = 55;  // "00-…32…-…16…-01"
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  const bool newer = text.size() > kLength && text.substr(0, 2) != "00" && text[kLength] == '-';
  if ((text.size() > kLength && !newer) || text.substr(0, 2) == "ff") return std::nullopt;
  const std::string_view trace = text.substr(3, kTraceDigits);
  const std::string_view span = text.substr(36, kSpanDigits);
  if (!is_hex_id(trace, kTraceDigits) || !is_hex_id(span, kSpanDigits)) return std::nullopt;
  return TraceParent{std::string(trace), std::string(span)};
}

void note_trace(const HttpRequest& request, Json& note) {
  const std::string_view given = request.headers.get(kTraceParent);
  if (!parse_traceparent(given)) return;
  // A newer version may have more at its end; what it says is in its first part.
  constexpr std::size_t kKept = 55;
  if (!note.is_object()) note = Json::object();
  note[kTraceParent] = given.substr(0, kKept);
}

std::optional<TraceParent> noted_trace(const Json& note) {
  return parse_traceparent(string_at(note, kTraceParent));
}

}  // namespace yoke
