#include "hosts/hook/api/api.h"

#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/grants_api.h"
#include "hosts/hook/api/memory_api.h"
#include "hosts/hook/api/openapi.h"
#include "hosts/hook/api/record_api.h"

namespace yoke {
namespace {

awaitable<HttpReply> told(std::shared_ptr<const std::string> text) {
  HttpReply reply;
  reply.headers.add("Content-Type", "application/json");
  reply.body = *text;
  co_return reply;
}

}  // namespace

void add_api(Endpoints& endpoints, const HookServices& services, ApiPlace place) {
  const ApiRef api =
      std::make_shared<const ApiContext>(ApiContext{services, place, api_components(place)});
  add_run_endpoints(api, endpoints);
  add_event_endpoints(api, endpoints);
  add_act_endpoints(api, endpoints);
  add_signal_endpoints(api, endpoints);
  add_session_endpoints(api, endpoints);
  add_catalogue_endpoints(api, endpoints);
  add_money_endpoints(api, endpoints);
  add_memory_endpoints(api, endpoints);
  add_health_endpoints(api, endpoints);
  if (place != ApiPlace::socket) return;
  add_grant_endpoints(api, endpoints);
  add_key_endpoints(api, endpoints);
  add_record_endpoints(api, endpoints);
}

void add_description(Endpoints& endpoints, ApiPlace place) {
  Endpoint endpoint;
  endpoint.method = "GET";
  endpoint.path = "/openapi.json";
  Operation operation("getDescription", "process", "This description");
  endpoint.doc = operation.answers(200, "Description", "OpenAPI 3.1.").json();
  endpoints.push_back(endpoint);
  const auto text =
      std::make_shared<const std::string>(to_text(openapi_document(endpoints, place)));
  endpoints.back().answer = [text](const HookCall&) { return told(text); };
}

}  // namespace yoke
