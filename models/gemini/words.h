#pragma once

#include <string>
#include <string_view>

#include "models/tool_names.h"

// Names on the wire that the two directions of the codec share.
namespace yoke::gemini {

inline constexpr std::string_view kSignature = "thoughtSignature";  // Opaque::kind, and of parts
inline constexpr std::string_view kThought = "thought";             // ReasoningPart::key
inline constexpr std::string_view kCall = "functionCall";           // Opaque::kind of a call
inline constexpr std::string_view kPart = "part";  // Opaque::kind of a part kept as it is

// A function's name begins with a letter or an underscore; ours may begin otherwise.
std::string wire_name(const ToolNames& names, const std::string& ours);
std::string_view without_prefix(std::string_view wire);  // as ToolNames knows it

// Whether the model refuses a call of the current turn that comes without its signature. The third
// generation does, and what aliases such as "gemini-flash-latest" stand for.
bool demands_signatures(std::string_view model);

}  // namespace yoke::gemini
