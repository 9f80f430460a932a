#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/json.h"
#include "runtime/base/result.h"
#include "runtime/http/server.h"

// What the hook answers with.
namespace yoke {

// Whose clients an endpoint is for: how its errors look.
enum class ErrorShape : std::uint8_t { native, openai, anthropic };

// A request that is not served, on any wire.
struct Refusal {
  int status = 500;
  std::string title;       // "not found"; the same for all of its kind
  std::string detail;      // this one: what, where, the mend; never a secret
  std::string code = {};   // for machines: "run.not_found", "rate_limit"; may be empty
  std::string param = {};  // the field that is wrong; may be empty
  std::optional<std::chrono::milliseconds> retry_after = {};
  HttpHeaders headers = {};  // sent with it: WWW-Authenticate, RateLimit …
};

// The status that an error of the runtime means to a client.
Refusal refusal_of(const Error& error);

HttpReply json_reply(int status, const Json& body, const char* type = "application/json");
// RFC 9457.
HttpReply problem(const Refusal& refusal);
// The same in the shape that the endpoint's clients expect.
HttpReply refuse(ErrorShape shape, const Refusal& refusal);

}  // namespace yoke
