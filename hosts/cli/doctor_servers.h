#pragma once

#include <functional>
#include <string>

#include "hosts/app/app.h"

namespace yoke {

// One finding of `yoke doctor`: "ok", "note" or "bad", what it is about, and what it is.
using TellFinding =
    std::function<void(const char* mark, const std::string& topic, const std::string& what)>;

// Of each plugin and MCP server: whether it is there, signed in to, taken by a person and still
// what was taken. Meets the servers that it may start, each within ten seconds. What keeps one from
// being loaded is a problem of the project, and not told here.
awaitable<int> check_servers(App& app, TellFinding tell);

}  // namespace yoke
