#include "hosts/hook/mcp/request_state.h"

#include "hosts/hook/anthropic/seal.h"
#include "runtime/base/hash.h"

namespace yoke::mcp_hook {
namespace {

// All that the state is bound to, as one text that no two of them share.
std::string bound_to(const Request& request) {
  Hasher hasher;
  hasher.field("yoke.mcp.state")
      .field(request.client.who.tenant)
      .field(request.client.who.name)
      .field(request.method)
      .field(string_at(request.params, "name"))
      .field(string_at(request.params, "uri"))
      .field(to_text(member_at(request.params, "arguments")));
  return to_hex(hasher.finish());
}

}  // namespace

std::string seal_place(const std::string& key, const Request& request, const CallPlace& place) {
  const anthropic::Seal seal(key, bound_to(request));
  return seal.close(Json{
      {"run", place.run_id}, {"questions", place.questions}, {"expires_ms", place.expires_ms}});
}

std::optional<CallPlace> open_place(const std::string& key, const Request& request,
                                    std::string_view text, std::int64_t now_ms) {
  const anthropic::Seal seal(key, bound_to(request));
  const std::optional<Json> value = seal.open(text);
  if (!value || integer_at(*value, "expires_ms") < now_ms) return std::nullopt;
  CallPlace place;
  place.run_id = string_at(*value, "run");
  place.expires_ms = integer_at(*value, "expires_ms");
  for (const auto& [name, question] : member_at(*value, "questions").items()) {
    if (question.is_string()) place.questions[name] = question.get<std::string>();
  }
  return place;
}

}  // namespace yoke::mcp_hook
