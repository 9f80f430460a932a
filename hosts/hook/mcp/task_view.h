#pragma once

#include <optional>

#include "hosts/hook/mcp/protocol.h"
#include "hosts/hook/services.h"

namespace yoke::mcp_hook {

inline constexpr int kPollMs = 1000;

// The answer to a call that goes on as a task: the run is the task.
Json created_task(const RunRow& row);

// The newest event of a run. Errors: not_found, unavailable.
awaitable<Result<Event>> last_event(Store& store, std::string run_id);

// The task as tasks/get shows it now; none: it is no task of this caller's.
awaitable<std::optional<Json>> task_now(HookServices services, const Request& request,
                                        std::string id);

// tasks/get, tasks/update and tasks/cancel: of runs that this caller began over MCP.
awaitable<Answer> answer_task(HookServices services, const Request& request);

}  // namespace yoke::mcp_hook
