#include "hosts/hook/api/api_context.h"
#include "tools/workers/worker_pool.h"

// GET /healthz: the process answers. GET /readyz: it can take work.
namespace yoke {
namespace {

constexpr std::chrono::seconds kLookHolds{1};
constexpr const char* kSpace = "yoke:ready";  // of small values in the store

awaitable<HttpReply> health(ApiRef, AskedOf) {
  const Json body{{"ok", true}};
  co_return json_reply(200, body);
}

// Why nothing can be written, or may not be by this process; empty: it can.
awaitable<std::string> store_trouble(ApiRef api) {
  Store& store = api->services.app.store();
  try {
    const Micros looked_at = api->services.app.wall().now();
    const Result<void> held = co_await store.renew_lease(looked_at);
    if (!held) co_return std::string("another process may drive its runs: the lease is lost");
    Json now = to_iso8601(api->services.wall.now());
    const Result<void> kept = co_await store.kv_set(kSpace, "looked", std::move(now));
    if (!kept) co_return std::string("it cannot be written");
  } catch (const Fault& fault) {
    co_return std::string("it cannot be written");
  }
  co_return std::string();
}

// Looks anew when the last look is old.
awaitable<void> look_around(ApiRef api) {
  LastLook& look = *api->look;
  const LoopClock::time_point now = LoopClock::now();
  if (look.at && now < *look.at + kLookHolds) co_return;
  look.at = now;
  Json reasons = Json::array();
  const std::string trouble = co_await store_trouble(api);
  if (!trouble.empty()) reasons.push_back("store: " + trouble);
  const Result<void> workers = api->services.app.workers().check();
  const bool tells_all = api->place == ApiPlace::socket;  // not the strangers' business
  const std::string none = "no process for them can be had";
  if (!workers) reasons.push_back("scripts: " + (tells_all ? workers.error().message() : none));
  look.reasons = std::move(reasons);
}

awaitable<HttpReply> readiness(ApiRef api, AskedOf) {
  co_await look_around(api);
  Json reasons = api->look->reasons;
  if (api->services.drivers.is_stopping()) reasons.push_back("this process is leaving");
  const bool ready = reasons.empty();
  const Json body{
      {"ready", ready}, {"reasons", reasons}, {"driving", api->services.drivers.driving()}};
  co_return json_reply(ready ? 200 : 503, body);
}

}  // namespace

void add_health_endpoints(const ApiRef& api, Endpoints& endpoints) {
  Operation of_health("getHealth", "process", "Whether the process answers");
  of_health.answers(200, "Health", "It does.");
  endpoints.push_back(api_endpoint(api, {"GET", "/healthz", {}}, of_health, health));
  Operation of_readiness("getReadiness", "process", "Whether it can take work");
  of_readiness.answers(200, "Readiness", "It can.")
      .answers(503, "Readiness", "It cannot, and why.");
  endpoints.push_back(api_endpoint(api, {"GET", "/readyz", {}}, of_readiness, readiness));
}

}  // namespace yoke
