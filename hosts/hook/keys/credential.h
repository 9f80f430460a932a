#pragma once

#include <variant>

#include "hosts/hook/reply.h"
#include "runtime/base/secret.h"

// What a request brings along to say who asks: pure functions.
namespace yoke {

struct NoCredential {};
struct KeyCredential {
  Secret text;  // "yk_…"
};
struct TokenCredential {
  Secret text;  // a JSON Web Token
};
// Something that is neither: many clients cannot be told to send no key at all.
struct ForeignCredential {};
using Credential =
    std::variant<Refusal, NoCredential, KeyCredential, TokenCredential, ForeignCredential>;

// From `Authorization: Bearer`, `x-api-key` and `api-key`, never from the address. Refused: several
// that differ.
Credential credential_of(const HttpHeaders& headers);

// Takes out of a request what no log may hold.
void forget_credentials(HttpRequest& request);

// Whether a proxy says that it brought the request: it may be from anywhere.
bool came_by_proxy(const HttpHeaders& headers);

}  // namespace yoke
