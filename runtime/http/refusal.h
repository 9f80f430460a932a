#pragma once

#include <string_view>

#include "runtime/http/server.h"

namespace yoke {

int status_of(HttpRefusal why);

// A problem document (RFC 9457). `detail` is a sentence, or empty.
HttpReply problem_reply(int status, std::string_view detail);
// The same for what the server itself turns away, with Retry-After where trying again may help.
HttpReply refusal_reply(const HttpRefused& refused);
// With what the kind of refusal says of itself.
HttpRefused refused_for(HttpRefusal why, std::string_view detail,
                        std::chrono::milliseconds retry_after);

}  // namespace yoke
