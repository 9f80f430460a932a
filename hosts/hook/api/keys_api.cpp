#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/schema_texts.h"
#include "hosts/keys/key_orders.h"

// POST /v1/keys and /v1/keys/{name}/revoke: orders of the user whose process this is.
namespace yoke {
namespace {

awaitable<HttpReply> make(ApiRef api, AskedOf asked) {
  App& app = api->services.app;
  Json order = std::move(asked.body);
  if (!order.contains("by")) order["by"] = asked.call.who.name;
  const Result<Json> made = co_await make_key_as_ordered(app.keys(), app.wall(), std::move(order));
  if (!made) co_return problem(refusal_of(made.error()));
  co_return json_reply(201, *made);
}

awaitable<HttpReply> revoke(ApiRef api, AskedOf asked) {
  App& app = api->services.app;
  std::string named = asked.call.args.at(0);
  std::string by = actor_of(*api, asked);
  const Result<Json> revoked =
      co_await revoke_key(app.keys(), app.wall(), std::move(named), std::move(by));
  if (!revoked) co_return problem(refusal_of(revoked.error()));
  co_return json_reply(200, *revoked);
}

}  // namespace

const char* const kKeySchemas = R"json({
"MakeKey": {
  "description": "As `yoke keys create` takes it.",
  "type": "object", "additionalProperties": false, "required": ["name"], "properties": {
    "name": {"type": "string"}, "tenant": {"type": "string"}, "expires": {"type": "string"},
    "rate": {"type": "string"}, "budget": {"type": "string"},
    "scopes": {"type": "array", "items": {"type": "string"}},
    "groups": {"type": "array", "items": {"type": "string"}},
    "agents": {"type": "array", "items": {"type": "string"}},
    "models": {"type": "array", "items": {"type": "string"}},
    "by": {"type": "string", "description": "Who acts, for the record."}}},
"Key": {
  "type": "object", "required": ["id", "name", "tenant", "state", "scopes"],
  "additionalProperties": true, "properties": {
    "id": {"type": "string"}, "name": {"type": "string"}, "tenant": {"type": "string"},
    "state": {"type": "string", "enum": ["live", "expired", "revoked"]},
    "scopes": {"type": "array", "items": {"type": "string"}},
    "key": {"type": "string", "description": "Its text, told when it is made and never again."}}}
})json";

void add_key_endpoints(const ApiRef& api, Endpoints& endpoints) {
  Operation making("makeKey", "keys", "Make a key");
  making.body("MakeKey").answers(201, "Key", "The key, with its text.").fails({400, 402, 409, 415});
  endpoints.push_back(api_endpoint(api, {"POST", "/v1/keys", Scope::manage}, making, make));
  Operation revoking("revokeKey", "keys", "Revoke a key");
  revoking.path("name", "Its name or id.")
      .optional_body("Nothing")
      .answers(200, "Key", "The key as it was.")
      .fails({400, 404, 409, 415});
  endpoints.push_back(
      api_endpoint(api, {"POST", "/v1/keys/{name}/revoke", Scope::manage}, revoking, revoke));
}

}  // namespace yoke
