#pragma once

#include <optional>
#include <string>

#include "runtime/ports/message.h"

namespace yoke {

// What a client says as the system's is to an agent, which has instructions of its own: words of
// whoever asks, marked as such.
Message caller_instructions(const std::string& text);
// The text of such a message; none: it is another.
std::optional<std::string> caller_instructions_in(const Message& message);

// Whether it shows something: no result of a tool that an agent's run waits for can.
bool has_image(const Message& message);

}  // namespace yoke
