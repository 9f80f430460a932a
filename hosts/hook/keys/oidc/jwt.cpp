#include "hosts/hook/keys/oidc/jwt.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "runtime/base/ascii.h"
#include "runtime/base/base64.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr JsonLimits kLimits{kTokenBytesMax, 8, 2'000};

Error malformed(const char* why) {
  return Error{Errc::invalid, std::string("the token is malformed: ") + why};
}

Result<Json> object_in(std::string_view part) {
  const Result<std::string> bytes = from_base64url(part);
  if (!bytes) return bytes.error();
  Result<Json> value = parse_json(*bytes, kLimits);
  // The parser's own words would repeat what stands there.
  if (!value || !value->is_object()) return malformed("a part is no JSON object as it must be");
  return value;
}

}  // namespace

Result<std::string> from_base64url(std::string_view text) {
  std::string usual(text);
  for (char& c : usual) {
    if (c == '+' || c == '/' || c == '=') return malformed("it is not in base64url");
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  usual.append((4 - usual.size() % 4) % 4, '=');
  std::optional<std::string> bytes = from_base64(usual);
  if (!bytes) return malformed("it is not in base64url");
  return std::move(*bytes);
}

Result<Jwt> parse_jwt(std::string_view text) {
  if (text.size() > kTokenBytesMax) return malformed("it is longer than 16 KiB");
  const std::vector<std::string> parts = split(text, '.');
  if (parts.size() != 3) return malformed("it has not three parts");
  const Result<Json> head = object_in(parts[0]);
  if (!head) return head.error();
  // An extension that must be understood is one that is not known here.
  if (head->contains("crit")) return malformed("it asks for extensions that are not known here");
  const std::string type = to_lower(string_at(*head, "typ", "jwt"));
  if (type != "jwt" && type != "at+jwt" && type != "application/at+jwt") {
    return malformed("it is of another type");
  }
  Result<Json> claims = object_in(parts[1]);
  if (!claims) return claims.error();
  Result<std::string> signature = from_base64url(parts[2]);
  if (!signature) return signature.error();
  Jwt jwt;
  jwt.alg = string_at(*head, "alg");
  jwt.kid = string_at(*head, "kid");
  if (head->contains("kid") && jwt.kid.empty()) return malformed("its kid is no text");
  jwt.claims = std::move(*claims);
  jwt.signed_part = parts[0] + "." + parts[1];
  jwt.signature = std::move(*signature);
  return jwt;
}

}  // namespace yoke
