#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "hosts/hook/api/operation.h"
#include "hosts/hook/api/request_rules.h"
#include "hosts/hook/api/schemas.h"
#include "hosts/hook/services.h"

// What the endpoints of the API share.
namespace yoke {

// What a look at the store and the scripts' workers has found. Anybody may ask, and each look
// writes: so it is not done for each who asks.
struct LastLook {
  std::optional<LoopClock::time_point> at;  // none: there was no look yet
  Json reasons = Json::array();             // why work cannot be taken
};

struct ApiContext {
  HookServices services;
  ApiPlace place = ApiPlace::network;
  Json components;
  std::shared_ptr<LastLook> look = std::make_shared<LastLook>();  // shared by all who ask
};
using ApiRef = std::shared_ptr<const ApiContext>;  // owned by the endpoints and by requests

// What an endpoint does once its request is as its operation says.
using ApiHandler = awaitable<HttpReply> (*)(ApiRef api, AskedOf asked);

// "GET /v1/runs", say.
struct ApiRoute {
  const char* method;
  const char* path;
  std::optional<Scope> scope;
};
Endpoint api_endpoint(const ApiRef& api, ApiRoute route, const Operation& operation,
                      ApiHandler handler);

Refusal refusal_with(int status, const char* title, std::string detail, std::string param = {});

// Who acts, for the record: on the socket a command may say it.
std::string actor_of(const ApiContext& api, const AskedOf& asked);

// The run of the id if it is visible to them; on the socket an id may be a beginning, or "@last".
using RunFound = std::variant<Refusal, RunRow>;
awaitable<RunFound> find_run_of(ApiRef api, Principal who, std::string typed);

// The run with all that GET shows of it.
awaitable<Json> describe_run(ApiRef api, RunRow row);

// Whether the request asks for a stream of events.
bool wants_events(const HttpRequest& request);
// The run's events from `from` on, as they come, until it has ended, or the key of who reads has.
HttpReply stream_run(const ApiRef& api, const Principal& who, std::string run_id,
                     FeedPosition from);

// A duration of the query, within kWaitMax; none: it is not there. A handler is called only when
// it is right.
inline constexpr std::chrono::seconds kWaitMax{600};
Result<std::optional<std::chrono::milliseconds>> wait_of(const AskedOf& asked);
Json wait_schema();
Json limit_schema(int most, int usual);

// Their endpoints.
void add_run_endpoints(const ApiRef& api, Endpoints& endpoints);
void add_event_endpoints(const ApiRef& api, Endpoints& endpoints);
void add_act_endpoints(const ApiRef& api, Endpoints& endpoints);
void add_signal_endpoints(const ApiRef& api, Endpoints& endpoints);
void add_session_endpoints(const ApiRef& api, Endpoints& endpoints);
void add_catalogue_endpoints(const ApiRef& api, Endpoints& endpoints);
void add_money_endpoints(const ApiRef& api, Endpoints& endpoints);
void add_health_endpoints(const ApiRef& api, Endpoints& endpoints);
void add_key_endpoints(const ApiRef& api, Endpoints& endpoints);  // for the socket alone

}  // namespace yoke
