#pragma once

#include <string>
#include <string_view>

#include "hosts/hook/principal.h"
#include "hosts/hook/reply.h"
#include "runtime/journal/run_state.h"
#include "runtime/store/store.h"

// What somebody may know of. A run that is not visible is to them as one that never was.
namespace yoke {

// Whose a run is.
struct RunOwner {
  std::string_view tenant;
  std::string_view agent;   // or the wire that a route or model was asked on: is_wire()
  std::string_view caller;  // who started it
};
RunOwner owner_of(const RunRow& row);
RunOwner owner_of(const RunState& state);
RunOwner owner_of(const LedgerRow& row);

// What is listed in an agent's place where a route or model was asked by itself.
bool is_wire(std::string_view agent);

// Whether they see but a part of their tenant's runs: they are bound to some agents or models.
bool is_bound(const Principal& who);

// Runs of their tenant, of agents that they may use. Of what was asked of routes and models by
// itself, who is bound sees their own alone.
bool may_see(const Principal& who, const RunOwner& owner);

// Errors: not_found, in the same words for a run that never was and one that is not visible.
awaitable<Result<RunRow>> find_visible(Store& store, Principal who, std::string run_id);

// The same of a run of their own tenant, whose id is at hand.
awaitable<bool> may_see_run(Store& store, Principal who, std::string run_id);

// Whether every run of their tenant's session is visible: what was said in it is shown to its next
// run. True of one without runs.
awaitable<bool> may_see_session(Store& store, Principal who, std::string session);
// Why nothing is said in a session that is not visible.
Refusal hidden_session(const std::string& session);

}  // namespace yoke
