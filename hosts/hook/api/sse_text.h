#pragma once

#include <string>
#include <string_view>

namespace yoke {

// How a stream of events begins: how long a client that lost it waits before it comes again.
inline constexpr const char* kSseBegin = "retry: 1000\n\n";
inline constexpr const char* kSseHeartbeat = ":\n\n";

// One server-sent event; `data` is one line. An empty id or name is left out.
std::string sse_text(std::string_view id, std::string_view name, std::string_view data);

}  // namespace yoke
