#pragma once

#include <string>
#include <string_view>

#include "runtime/base/secret.h"
#include "runtime/base/time.h"
#include "runtime/http/headers.h"
#include "runtime/ports/model.h"

namespace yoke {

// An HTTP answer that is a refusal. Its headers say when to come again, and x-should-retry whether.
struct RefusedReply {
  int status = 0;
  std::string_view body = {};
  const HttpHeaders* headers = nullptr;  // null: none are known
};

// Whom a failure is about: for its message, and so that no key gets into it.
struct FailureContext {
  std::string_view backend;  // "lab"
  const Secret& key;
  Micros wall_us = 0;  // now: a Retry-After may be a date
};

// The class of an HTTP refusal, whether to try again and when, and a line for people.
ModelFailure failure_of_refusal(const RefusedReply& refusal, const FailureContext& context);

// The same for an error object in an answer of status 200, or in a chunk of its stream. `what` it
// was answered with is said to be "200 with an error" when it is empty.
ModelFailure failure_of_error_object(const Json& error, const FailureContext& context,
                                     std::string_view what = {});

// The text with all that the secret stands for replaced; a secret of under 4 bytes is left alone.
void remove_secret(std::string& text, const Secret& secret);

// `text` on one line, shortened, with the key and whatever looks like one replaced.
std::string safe_text(std::string_view text, const Secret& key);

}  // namespace yoke
