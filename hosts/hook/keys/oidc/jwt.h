#pragma once

#include <string>
#include <string_view>

#include "runtime/base/json.h"

namespace yoke {

// A JSON Web Token in its compact form, taken apart; nothing of it is to be believed before its
// signature is verified. What its head says of keys (jwk, jku, x5c …) is of no use to anybody.
struct Jwt {
  std::string alg;
  std::string kid;  // empty: it names none
  Json claims;
  std::string signed_part;  // the bytes that the signature is over
  std::string signature;    // as bytes
};

inline constexpr std::size_t kTokenBytesMax = 16 * 1024;

// Errors: invalid, never with a part of the token in it.
Result<Jwt> parse_jwt(std::string_view text);

// RFC 4648 section 5, without padding, strict to the last bit. Errors: invalid.
Result<std::string> from_base64url(std::string_view text);

}  // namespace yoke
